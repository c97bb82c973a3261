/** Makes entries the lines that continue a log. */
import type { AuditEntry, NewAuditEntry } from '../../shared/audit.ts';
import { canonicalEntry, formatLine, lineLength, link } from './chain.ts';
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

/** `stamp` is what all of them get beside their numbers. */
export function chainEntries(
  news: readonly NewAuditEntry[],
  stamp: Pick<AuditEntry, 'timestamp' | 'boot' | 'uptimeMs' | 'keyId'>,
  after: Pick<Tail, 'seq' | 'mac' | 'key' | 'size'>,
): ChainedEntries {
  const { key } = after;
  let { seq, mac, size } = after;
  let text = '';
  const places: number[] = [];
  const entries = news.map((entry) => {
    seq += 1;
    const stamped = { ...entry, ...stamp, seq };
    const json = canonicalEntry(stamped);
    mac = link(mac, json, key);
    text += formatLine(json, mac);
    places.push(size);
    size += lineLength(json);
    return stamped;
  });
  return { entries, places, text, seq, mac };
}
