import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const MODULE = join(import.meta.dirname, '../../main/platform/package-runner.ts');

/** What a process finds whose parent, or whose parent's parent, has given itself this title; with the runner's real id. */
function findUnder(
  title: string,
  shell: 'exec' | 'stay',
  { platform = process.platform, event = 'start' } = {},
) {
  const child = `
    Object.defineProperty(process, 'platform', { value: '${platform}' });
    const { findPackageRunner, hasEnded } = await import('${MODULE}');
    const runner = findPackageRunner(process.env);
    console.log(JSON.stringify({ runner, isOver: runner === undefined ? null : hasEnded(runner) }));`;
  const command = `node --input-type=module -e "$CHILD"`;
  const parent = `
    process.title = '${title}';
    const { stdout } = require('node:child_process').spawnSync('sh', ['-c', '${shell === 'exec' ? `exec ${command}` : `${command}; true`}'], { encoding: 'utf8' });
    console.log(JSON.stringify({ pid: process.pid, ...JSON.parse(stdout) }));`;
  const { stdout } = spawnSync(process.execPath, ['-e', parent], {
    encoding: 'utf8',
    env: {
      PATH: `${join(process.execPath, '..')}:${process.env.PATH}`,
      CHILD: child,
      ...(event && { npm_lifecycle_event: event }),
    },
  });
  return JSON.parse(stdout) as { pid: number; runner?: number; isOver: boolean | null };
}

// The other POSIX systems ask ps, which is here too.
test.skipIf(process.platform === 'win32').each(['linux', 'darwin'] as const)(
  'the npm that started this process is found on %s, with and without a shell between them',
  (platform) => {
    for (const shell of ['exec', 'stay'] as const) {
      const { pid, runner, isOver } = findUnder('npm run headless', shell, { platform });
      expect([runner, isOver]).toEqual([pid, false]);
    }
  },
);

test.skipIf(process.platform === 'win32')('what only looks like it is none', () => {
  expect(findUnder('npm run headless', 'exec', { event: '' }).runner).toBeUndefined();
  // A program that npm runs, and that starts poptray to outlive it.
  expect(findUnder('supervisor', 'exec').runner).toBeUndefined();
});
