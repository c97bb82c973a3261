import { execFile } from 'node:child_process';
import { cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
  for (const [file, source] of Object.entries(files)) writeFileSync(join(copy, file), source);
  const depcruise = join(ROOT, 'node_modules/.bin/depcruise');
  const args = [depcruise, '--config', CONFIG, '--output-type', 'err', 'main', 'shared'];
  return promisify(execFile)(process.execPath, args, { cwd: copy }).then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  );
}

describe('the boundary check', () => {
  test('reads the sources and finds nothing in them', async () => {
    const report = await cruiseWith({ 'main/harmless.ts': "import './app.ts';\n" });
    const modules = Number(/no dependency violations found \((\d+) modules/.exec(report)?.[1]);
    expect(report).toContain('no dependency violations found');
    expect(modules).toBeGreaterThan(60);
  });

  const violations: [string, Record<string, string>][] = [
    ['shared-imports-nothing-of-ours', { 'shared/planted.ts': "import '../main/pipeline/errors.ts';\n" }],
    ['shared-imports-zod-only', { 'shared/planted.ts': "import 'node:fs';\n" }],
    ['pipeline-is-pure', { 'main/pipeline/planted.ts': "import '../audit/log.ts';\n" }],
    ['pipeline-touches-no-machine', { 'main/pipeline/planted.ts': "import 'node:fs';\n" }],
    ['store-keeps-to-itself', { 'main/store/planted.ts': "import '../audit/log.ts';\n" }],
    ['endpoint-keeps-to-itself', { 'main/endpoint/planted.ts': "import '../platform/http.ts';\n" }],
    ['platform-keeps-to-itself', { 'main/platform/planted.ts': "import '../audit/log.ts';\n" }],
    ['simulator-stands-alone', { 'main/simulator/planted.ts': "import '../platform/clock.ts';\n" }],
    ['the-shell-is-thin', { 'main/electron/planted.ts': "import '../store/store.ts';\n" }],
    ['electron-stays-in-the-shell', { 'main/platform/planted.ts': "import 'electron';\n" }],
    ['no-cycles', { 'main/one.ts': "import './two.ts';\n", 'main/two.ts': "import './one.ts';\n" }],
  ];
  test.each(violations)('fails on a planted violation of %s', async (rule, files) => {
    expect(await cruiseWith(files)).toContain(`error ${rule}`);
  });
}, 60_000);
