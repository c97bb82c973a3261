/** Loaded into a child before its program: has it die, as by `kill -9`, before the call numbered DIE_BEFORE, from 1, that changes a file. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const CHANGING = [
  'writeSync',
  'writeFileSync',
  'ftruncateSync',
  'fsyncSync',
  'fdatasyncSync',
  'fdatasync',
  'renameSync',
  'rmSync',
  'mkdirSync',
] as const;

const last = Number(process.env.DIE_BEFORE ?? Number.POSITIVE_INFINITY);
let calls = 0;
// biome-ignore lint/suspicious/noExplicitAny: whatever each of them takes is passed on.
type Call = (...given: any[]) => unknown;
const functions = fs as unknown as Record<string, Call>;

function takeOver(name: string, changes: (given: readonly unknown[]) => boolean): void {
  const real = functions[name] as Call;
  functions[name] = (...given) => {
    if (changes(given)) {
      calls += 1;
      if (calls === last) process.kill(process.pid, 'SIGKILL');
    }
    return real(...given);
  };
}

for (const name of CHANGING) takeOver(name, () => true);
// One that makes a file; flags are a number or a text.
takeOver('openSync', ([, flags]) =>
  typeof flags === 'number' ? (flags & fs.constants.O_CREAT) !== 0 : /[aw]/.test(`${flags ?? ''}`),
);
syncBuiltinESMExports();
process.on('exit', () => process.stderr.write(`calls: ${calls}\n`));
