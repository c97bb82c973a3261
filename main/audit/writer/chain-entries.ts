/** Makes entries the lines that continue a log. */
import type { AuditEntry } from '../../../shared/audit.ts';
import type { NewAuditEntry } from '../../../shared/new-entry.ts';
import type { Clock } from '../../pipeline/ports.ts';
import { canonicalEntry, formatLine, lineLength, link } from '../format/chain.ts';
import type { Tail } from './tail.ts';

export interface ChainedEntries {
  readonly entries: readonly AuditEntry[];
  /** Where each one's line begins in its segment, in bytes. */
  readonly places: readonly number[];
  readonly text: string;
  /** Of the last one. */
  readonly seq: number;
  readonly mac: Buffer;
}

/** Numbers them, dates them all alike (those that are carried over keep their dates), and chains them to what stands before. */
export function chainEntries(
  news: readonly NewAuditEntry[],
  clock: Clock,
  after: Pick<Tail, 'seq' | 'mac' | 'key' | 'size'>,
): ChainedEntries {
  const { key } = after;
  const stamp = {
    timestamp: new Date(clock.now()).toISOString(),
    boot: clock.boot,
    uptimeMs: clock.uptime(),
    keyId: key.id,
  };
  let { seq, mac, size } = after;
  let text = '';
  const places: number[] = [];
  const entries = news.map(({ carried, ...entry }) => {
    seq += 1;
    const stamped = { ...entry, ...stamp, ...carried, seq };
    const json = canonicalEntry(stamped);
    mac = link(mac, json, key);
    text += formatLine(json, mac);
    places.push(size);
    size += lineLength(json);
    return stamped;
  });
  return { entries, places, text, seq, mac };
}
