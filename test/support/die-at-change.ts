/** Loaded into a child before its program: has it die, as by `kill -9`, before the change of a file that DIE_AT_CHANGE numbers. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const at = Number(process.env.DIE_AT_CHANGE ?? Number.POSITIVE_INFINITY);
const CHANGES = ['mkdirSync', 'renameSync', 'rmSync', 'writeFileSync', 'writeSync'] as const;
let count = 0;

for (const name of CHANGES) {
  const change = fs[name] as (...given: unknown[]) => unknown;
  (fs as unknown as Record<string, unknown>)[name] = (...given: unknown[]) => {
    // Output changes no file.
    if (!(name === 'writeSync' && Number(given[0]) <= 2)) count += 1;
    if (count === at) process.kill(process.pid, 'SIGKILL');
    return change(...given);
  };
}
syncBuiltinESMExports();
