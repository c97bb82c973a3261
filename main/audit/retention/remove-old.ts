/** Retention: removes whole old segments, and leaves a signed note in the log that says so. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { entryOf } from '../../../shared/log-events.ts';
import type { AuditLog } from '../../pipeline/ports.ts';
import { type Signer, signCheckpoint } from '../checkpoints/checkpoint.ts';
import type { Evidence } from '../checkpoints/evidence.ts';
import { leavesName } from '../checkpoints/leaves.ts';
import { createTree, leafHash } from '../checkpoints/merkle.ts';
import { remainderOf } from '../checkpoints/removal-record.ts';
import { GENESIS, parseLine } from '../format/chain.ts';
import { firstSeqOf, listSegments, readLines } from '../format/segments.ts';
import { gently } from '../read/entries.ts';
import { verifyInSteps } from '../verify/verify-in-steps.ts';
import type { Present } from './age.ts';
import { countOldSegments } from './old-segments.ts';

/** What is not whole is kept, for whoever looks into it. */
class LogNotWhole extends Error {
  override readonly name = 'LogNotWhole';
}

export interface RemoveOldDeps {
  readonly dir: string;
  readonly signer: Signer;
  readonly audit: AuditLog;
  readonly evidence: () => Promise<Evidence | undefined>;
}

/**
 * Removes the segments whose entries are all at least `keepMs` old for certain, and before entry `firstNeeded`; never the last
 * one. Resolves with the number of the last entry removed, or 0. Rejects with LogNotWhole, and with what the log and the
 * file system reject with.
 */
export async function removeOld(
  keepMs: number,
  present: Present,
  firstNeeded: number,
  { dir, signer, audit, evidence }: RemoveOldDeps,
): Promise<number> {
  const { segments, removal } = remainderOf(dir, signer);
  // What a crash has left of an earlier removal, which the log has noted.
  remove(
    dir,
    listSegments(dir).filter((name) => !segments.includes(name)),
  );
  const found = await evidence();
  // What no checkpoint vouches for yet is not in the tree yet either.
  const until = Math.min(found?.checkpoints.at(-1)?.count ?? 0, firstNeeded);
  const free = segments.filter((_, at) => firstSeqOf(segments[at + 1] ?? '') <= until);
  const old = free.slice(0, countOldSegments(dir, segments, keepMs, present));
  if (old.length === 0) return 0;
  const { verdict, fault } = (await verifyInSteps(dir, evidence)).verdict;
  if (verdict !== 'whole')
    throw new LogNotWhole(`nothing is removed from a log that is ${verdict}: ${fault?.reason}`);
  const tree = createTree(removal?.tree);
  let mac = removal?.mac ?? GENESIS;
  for (const segment of old) {
    for await (const { bytes } of gently(readLines(dir, segment))) {
      tree.add(leafHash(bytes));
      mac = parseLine(bytes)?.mac ?? mac;
    }
  }
  const about = { count: tree.size, root: tree.root(), mac, range: [...tree.range] };
  const { note } = signCheckpoint(about, signer);
  await audit.append(entryOf({ kind: 'removed', upTo: tree.size, note }), 'durable');
  remove(dir, old);
  return tree.size;
}

/** Oldest first, so that what a crash leaves is the end of what was to go. */
function remove(dir: string, segments: readonly string[]): void {
  for (const segment of segments) {
    rmSync(join(dir, leavesName(segment)), { force: true });
    rmSync(join(dir, segment), { force: true });
  }
}
