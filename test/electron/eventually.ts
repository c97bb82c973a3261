/** Waits for what another process does: long enough for a machine with much else to do. */
import { expect } from 'vitest';

/** Like `expect.poll`, for up to ten seconds. */
export function eventually<T>(look: () => T) {
  return expect.poll(look, { timeout: 10_000, interval: 30 });
}
