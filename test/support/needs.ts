/** Real components that not every machine has. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

/**
 * A hook that skips the test where the components are missing, and says which; in CI on Linux it fails instead.
 * `what` names them and how to get them.
 */
export function needs(what: string, isThere: boolean): (context: TestContext) => void {
  const missing = `needs ${what}`;
  // Once per test file; the usual reporter says only how many tests were skipped.
  if (!isThere) process.stderr.write(`Some tests are skipped. Each ${missing}\n`);
  return (context) => {
    if (isThere) return;
    if (process.env.CI === 'true' && process.platform === 'linux') throw new Error(missing);
    context.skip(missing);
  };
}

/** Whether this is Linux and all the programs are there, daemons included, which a user's path may lack. */
export function hasPrograms(...programs: string[]): boolean {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return (
    process.platform === 'linux' &&
    programs.every((program) => folders.some((folder) => existsSync(join(folder, program))))
  );
}
