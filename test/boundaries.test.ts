import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { tempDir } from './support/temp-dir.ts';

const ROOT = join(import.meta.dirname, '..');
const CONFIG = '.dependency-cruiser.cjs';

/** Runs the check of `npm run check:boundaries` on a copy of the sources with more files in it. */
async function cruiseWith(files: Readonly<Record<string, string>>): Promise<string> {
  const copy = tempDir();
  for (const part of ['main', 'shared', CONFIG, 'tsconfig.json', 'package.json']) {
    cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  for (const [file, source] of Object.entries(files)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    writeFileSync(join(copy, file), source);
  }
  const depcruise = join(ROOT, 'node_modules/.bin/depcruise');
  const args = [depcruise, '--config', CONFIG, '--output-type', 'err', 'main', 'shared'];
  return promisify(execFile)(process.execPath, args, { cwd: copy }).then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  );
}

describe('the boundary check', () => {
  test('reads the sources and finds nothing in them', async () => {
    const report = await cruiseWith({ 'main/app/harmless.ts': "import './app.ts';\n" });
    const modules = Number(/no dependency violations found \((\d+) modules/.exec(report)?.[1]);
    expect(report).toContain('no dependency violations found');
    expect(modules).toBeGreaterThan(60);
  });

  /** Each under the name of a file that breaks it, with what stands in the file. */
  const violations: readonly (readonly [rule: string, file: string, source: string])[] = [
    ['shared-imports-nothing-of-ours', 'shared/upward.ts', "import '../main/pipeline/errors.ts';"],
    ['shared-imports-what-browsers-run-only', 'shared/reading.ts', "import 'node:fs';"],
    ['pipeline-keeps-the-order', 'main/pipeline/upward.ts', "import '../audit/open-audit-log.ts';"],
    ['pipeline-touches-no-machine', 'main/pipeline/reading.ts', "import 'node:fs';"],
    ['policy-keeps-the-order', 'main/policy/upward.ts', "import '../pipeline/errors.ts';"],
    ['store-keeps-the-order', 'main/store/upward.ts', "import '../webhooks/sender.ts';"],
    ['webhooks-keeps-the-order', 'main/webhooks/sideways.ts', "import '../shipping/service.ts';"],
    ['endpoint-keeps-the-order', 'main/endpoint/upward.ts', "import '../app/app.ts';"],
    [
      'platform-keeps-the-order',
      'main/platform/type.ts',
      "import type { Secrets } from '../secrets/secrets.ts';\nexport type Planted = Secrets;",
    ],
    ['simulator-stands-alone', 'main/simulator/planted.ts', "import '../platform/clock.ts';"],
    ['every-file-has-a-room', 'main/loose.ts', "import './app/app.ts';"],
    ['every-file-has-a-room', 'main/attic/planted.ts', "import '../app/app.ts';"],
    ['entry-points-are-imported-by-nobody', 'main/app/entry.ts', "import '../cli.ts';"],
    ['the-shell-is-thin', 'main/electron/planted.ts', "import '../store/store.ts';"],
    ['electron-stays-in-the-shell', 'main/platform/window.ts', "import 'electron';"],
    ['no-cycles', 'main/app/one.ts', "import './two.ts';"],
    [
      'no-cycles',
      'main/app/four.ts',
      "import type { Three } from './three.ts';\nexport type Four = Three[];",
    ],
    ['no-folder-cycles', 'main/audit/format/upward.ts', "import '../verify/verify.ts';"],
  ];
  /** The other ends of the planted cycles, which are told at one of their files. */
  const otherEnds = {
    'main/app/two.ts': "import './one.ts';\n",
    'main/app/three.ts': "import type { Four } from './four.ts';\nexport type Three = Four[];\n",
  };
  let report: Promise<string> | undefined;

  test.each(violations)('fails on a planted violation of %s: %s', async (rule, file) => {
    const planted = violations.map(([, name, source]) => [name, `${source}\n`]);
    report ??= cruiseWith({ ...Object.fromEntries(planted), ...otherEnds });
    const place = rule === 'no-folder-cycles' ? dirname(file) : file;
    expect(await report).toContain(`error ${rule}: ${place} `);
  });
}, 60_000);
