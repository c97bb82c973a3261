/** What electronegativity finds in the shell and in the dashboard; it ends with 0 whatever it finds, so its report is read. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';

const HERE = import.meta.dirname;
const ROOT = join(HERE, '../..');
const isThere = existsSync(join(HERE, 'node_modules/@doyensec/electronegativity'));

if (!isThere && process.env.CI === 'true')
  throw new Error('no electronegativity: run npm run electronegativity');
if (!isThere)
  process.stderr.write('skipped: electronegativity is not installed (npm run electronegativity)\n');

interface Report {
  readonly findings: readonly { readonly id: string; readonly severity: string; readonly at: string }[];
  /** Files that it could not read, which it would else pass over. */
  readonly errors: readonly unknown[];
}

function scan(folder: string): Report {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules/electron/package.json'), 'utf8'));
  const output = execFileSync(process.execPath, [join(HERE, 'scan.cjs'), folder, version]);
  return JSON.parse(String(output).trim().split('\n').at(-1) ?? '');
}

describe.skipIf(!isThere)('electronegativity', { timeout: 60_000 }, () => {
  test('finds nothing of high severity in the sources, and could read all of them', () => {
    const folder = tempDir();
    // Of the bundles it cannot read those with private members.
    for (const part of ['main', 'renderer', 'shared', 'package.json'])
      cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    const { findings, errors } = scan(folder);
    expect(errors).toEqual([]);
    expect(findings.filter(({ severity }) => severity === 'HIGH')).toEqual([]);
    // That it saw the shell at all.
    expect(findings).toContainEqual(expect.objectContaining({ id: 'PROTOCOL_HANDLER_JS_CHECK' }));
  });

  test('finds what is wrong with a window that is open to everything', () => {
    const { findings } = scan(join(HERE, 'bad'));
    const high = findings.filter(({ severity }) => severity === 'HIGH').map(({ id }) => id);
    expect(high.sort()).toEqual(['CONTEXT_ISOLATION_JS_CHECK', 'LIMIT_NAVIGATION_GLOBAL_CHECK']);
  });
});
