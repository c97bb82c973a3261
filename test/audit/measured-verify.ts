/** Verifies a log in a process of its own, and says what that took, beside the bare hashing of the same bytes. */
import { createHmac, createSecretKey, hash } from 'node:crypto';
import { openHost } from '../../main/app/bootstrap.ts';
import { checkpointPath } from '../../main/audit/checkpoints/checkpoint-file.ts';
import { gatherEvidence } from '../../main/audit/checkpoints/evidence.ts';
import { auditDir, listSegments, readLines } from '../../main/audit/format/segments.ts';
import type { Verdict } from '../../main/audit/verify/verify.ts';
import { verifyInSteps } from '../../main/audit/verify/verify-in-steps.ts';

export interface Measured {
  readonly verdict: Verdict;
  /** Processor time in seconds. */
  readonly seconds: number;
  readonly bareSeconds: number;
  /** The largest resident set in each tenth of the log, in bytes. */
  readonly rss: number[];
}

const [dataDir = '', keys = '', count = '0'] = process.argv.slice(2);
const dir = auditDir(dataDir);
const secrets = await openHost({ POPTRAY_KEYCHAIN: 'off' }, dataDir).secrets();
const rss: number[] = Array.from({ length: 10 }, () => 0);

function secondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

async function gather() {
  const found = await gatherEvidence(secrets, checkpointPath(dataDir));
  return found && keys === 'public-key' ? { ...found, key: undefined } : found;
}

let before = process.cpuUsage();
const { verdict } = await verifyInSteps(dir, gather, (entries) => {
  if (entries % 10_000 !== 0) return;
  const tenth = Math.min(9, Math.floor((entries / Number(count)) * 10));
  rss[tenth] = Math.max(rss[tenth] as number, process.memoryUsage.rss());
});
const seconds = secondsSince(before);

before = process.cpuUsage();
const key = createSecretKey(Buffer.alloc(32));
for (const segment of listSegments(dir)) {
  for (const { bytes } of readLines(dir, segment)) {
    hash('sha256', bytes, 'buffer');
    if (keys === 'root') createHmac('sha256', key).update(bytes).digest();
  }
}
const measured: Measured = { verdict, seconds, bareSeconds: secondsSince(before), rss };
process.stdout.write(JSON.stringify(measured));
