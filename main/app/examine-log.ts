/** What doctor finds of the audit log and its root. */
import { fault, note, ok, type Result } from '../../shared/finding.ts';
import { plural } from '../../shared/plural.ts';
import { auditDir, listSegments } from '../audit/format/segments.ts';
import { readStanding } from '../audit/verify/standing.ts';
import type { Verdict } from '../audit/verify/verify.ts';
import type { Secrets } from '../secrets/secrets.ts';

/** `judge` verifies the log and has the verdict stand; what it throws is thrown. */
export async function checkLog(dataDir: string, judge: () => Promise<Verdict>): Promise<Result> {
  const { verdict, entries, fault: bad } = await judge();
  const { tampered } = readStanding(dataDir);
  if (tampered && verdict !== 'tampered') {
    const place = tampered.seq === null ? '' : ` at entry ${tampered.seq}`;
    return fault(
      `${verdict} now, but found tampered with${place} at ${tampered.at}: ${tampered.reason}; that stands until "poptray reset" closes it`,
    );
  }
  if (verdict === 'no-key')
    return listSegments(auditDir(dataDir)).length === 0
      ? note('none yet')
      : fault('it was written with a key that is not here');
  if (verdict === 'whole') return ok(`${plural(entries, 'entry', 'entries')}, whole`);
  if (verdict === 'not-all-vouched-for')
    return fault(
      `from entry ${bad?.seq} on nothing vouches for it: ${bad?.reason}; run "poptray audit verify"`,
    );
  if (verdict === 'torn')
    return note('its end was never finished, as after a crash or a power cut; the next start mends it');
  return fault(
    `tampered with at entry ${bad?.seq}: ${bad?.reason}; "poptray reset" seals it aside for whoever looks into it, and begins a new one`,
  );
}

export async function checkRoot(secrets: Pick<Secrets, 'get'>): Promise<Result> {
  const root = await secrets.get('audit-root');
  if (root === undefined) return ok('not on this machine');
  return note(
    'still here, so whoever gets it can forge the whole log; "poptray audit root FILE" exports it for the auditor, once',
  );
}
