/** A function of node:fs replaced, also for modules that have imported it by name, until the test has ended. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { onTestFinished } from 'vitest';

type Replaceable = 'fdatasync' | 'fdatasyncSync' | 'fsyncSync' | 'writeSync' | 'rmSync';

/** Returns what puts the real one back before that. */
export function takeOverFs<Name extends Replaceable>(
  name: Name,
  by: (...given: Parameters<(typeof fs)[Name]>) => unknown,
): () => void {
  const { [name]: real } = fs;
  const put = (it: unknown) => {
    fs[name] = it as (typeof fs)[Name];
    syncBuiltinESMExports();
  };
  put(by);
  const putBack = () => put(real);
  onTestFinished(putBack);
  return putBack;
}
