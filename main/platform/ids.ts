/** Ids that sort by the time they were made. */
import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const UUID_BYTES = 16;
/** Random bytes are fetched for this many ids at a time: one by one they cost more than all else of an id. */
const AT_A_TIME = 256;

/** Returns a maker of UUIDv7 (RFC 9562): in order in an index, so that inserting one touches its last page only. */
export function createUuidMaker(): () => string {
  const pool = Buffer.alloc(UUID_BYTES * AT_A_TIME);
  let at = pool.length;
  return () => {
    if (at === pool.length) {
      randomFillSync(pool);
      at = 0;
    }
    const random = pool.subarray(at, at + UUID_BYTES);
    at += UUID_BYTES;
    return v7({ random });
  };
}
