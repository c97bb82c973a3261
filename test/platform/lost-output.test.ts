import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

/** Writes about each fault that nobody has caught, as the shell does, and ends after some lines. */
const PROGRAM = (before: string) => `
  ${before}
  let faults = 0;
  process.on('uncaughtException', (error) => {
    if (++faults > 100) process.exit(3);
    process.stderr.write(error.code + '\\n');
  });
  process.stdin.once('end', () => {
    process.stderr.write('one\\n');
    process.stdout.write('two\\n');
    setTimeout(() => process.exit(faults === 0 ? 0 : 2), 200);
  }).resume();
`;

async function endWithoutReaders(before: string): Promise<number> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM(before)], {
    cwd: import.meta.dirname,
  });
  child.stdout.destroy();
  child.stderr.destroy();
  child.stdin.end();
  const [code] = await once(child, 'exit');
  return code;
}

test('a program whose output nobody reads any more goes on', async () => {
  const outlive =
    "import { outliveReaders } from '../../main/platform/lost-output.ts'; outliveReaders(); outliveReaders();";
  expect(await endWithoutReaders(outlive)).toBe(0);
});

test.skipIf(process.platform === 'win32')(
  'without that, each line about the lost output is a fault of its own',
  async () => {
    expect(await endWithoutReaders('')).toBe(3);
  },
);
