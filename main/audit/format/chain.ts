/** The chain: each line carries an HMAC over the MAC before it and its own entry. */
import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { AuditEntry, DestinationEnd } from '../../../shared/audit.ts';
import { entryOf } from '../../../shared/log-events.ts';
import type { NewAuditEntry } from '../../../shared/new-entry.ts';

/** The MAC before the first entry. */
export const GENESIS: Buffer = Buffer.alloc(32);

const PREFIX = '{"entry":';
const MAC_MEMBER = ',"mac":"';
const SUFFIX_LENGTH = MAC_MEMBER.length + 44 + '"}\n'.length;

/** The key that chains a segment; `id` names it without telling it. */
export interface ChainKey {
  /** Which segment, counted from 0; -1 for the root. */
  readonly segment: number;
  readonly id: string;
  readonly secret: KeyObject;
}

/** From 32 secret bytes; throws RangeError for another number of them. */
export function chainKey(bytes: Uint8Array, segment = 0): ChainKey {
  if (bytes.length !== 32) throw new RangeError('an audit key has 32 bytes');
  const secret = createSecretKey(bytes);
  return { segment, id: keyed(secret, 'key id').toString('hex').slice(0, 16), secret };
}

/** The next segment's key: HKDF-SHA256 (RFC 5869) without a salt. There is no way back. */
export function nextKey({ secret, segment }: ChainKey): ChainKey {
  return chainKey(
    new Uint8Array(hkdfSync('sha256', secret, '', 'poptray audit: next segment', 32)),
    segment + 1,
  );
}

/** No log has more segments than this; a number beyond it is not one of ours. */
const SEGMENTS_MAX = 100_000;

/** The key of a segment; undefined for one before `key`'s. */
export function keyOf(segment: number, key: ChainKey): ChainKey | undefined {
  if (segment < key.segment || segment > SEGMENTS_MAX) return undefined;
  let found = key;
  while (found.segment < segment) found = nextKey(found);
  return found;
}

/** The entry with which the segment begins that `key` chains, behind entry `seq`. */
export function openingBehind({ key, seq, mac }: { key: ChainKey; seq: number; mac: Buffer }): NewAuditEntry {
  return entryOf({ kind: 'opened', segment: key.segment, count: seq, mac: mac.toString('base64') });
}

/** HMAC-SHA256 of a text. */
export function keyed(secret: KeyObject, text: string): Buffer {
  return createHmac('sha256', secret).update(text).digest();
}

/**
 * The entry as canonical JSON (RFC 8785). With the members written down in code-unit order, which a test
 * holds against a library, JSON.stringify gives just that, at a sixth of the library's time.
 */
export function canonicalEntry(entry: AuditEntry): string {
  const { change, destinations, phases } = entry;
  const sorted: AuditEntry = {
    application: entry.application,
    attempts: entry.attempts,
    boot: entry.boot,
    change: change && {
      action: change.action,
      by: change.by,
      hosts: change.hosts && { after: change.hosts.after, before: change.hosts.before },
      members: change.members,
      name: change.name,
      subject: change.subject,
    },
    client: entry.client,
    code: entry.code,
    correlationId: entry.correlationId,
    destination: entry.destination,
    destinationKey: entry.destinationKey,
    destinations: destinations?.map(sortedEnd) ?? null,
    detail: entry.detail,
    duplicate: entry.duplicate,
    endpoint: entry.endpoint,
    errors: entry.errors?.map(({ pointer, detail }) => ({ detail, pointer })) ?? null,
    fingerprint: entry.fingerprint,
    focusTracked: entry.focusTracked,
    idempotencyKey: entry.idempotencyKey,
    interaction: entry.interaction,
    keyId: entry.keyId,
    latencyMs: entry.latencyMs,
    mayHaveArrived: entry.mayHaveArrived,
    party: entry.party,
    phase: entry.phase,
    phases: phases && {
      delivery: phases.delivery,
      queue: phases.queue,
      shown: phases.shown,
      token: phases.token,
    },
    popId: entry.popId,
    reason: entry.reason,
    seq: entry.seq,
    status: entry.status,
    success: entry.success,
    target: entry.target,
    timestamp: entry.timestamp,
    type: entry.type,
    uptimeMs: entry.uptimeMs,
    userId: entry.userId,
    webhooks: entry.webhooks,
    windowFocused: entry.windowFocused,
  };
  return JSON.stringify(sorted);
}

function sortedEnd(end: DestinationEnd): DestinationEnd {
  return {
    code: end.code,
    id: end.id,
    latencyMs: end.latencyMs,
    mayHaveArrived: end.mayHaveArrived,
    required: end.required,
    status: end.status,
    windowFocused: end.windowFocused,
  };
}

/** HMAC-SHA256 over the MAC before and the entry's canonical JSON. */
export function link(previous: Buffer, json: string | Buffer, { secret }: ChainKey): Buffer {
  return createHmac('sha256', secret).update(previous).update(json).digest();
}

/** The line, ended by a newline, as it stands in a segment. */
export function formatLine(json: string, mac: Buffer): string {
  return `${PREFIX}${json}${MAC_MEMBER}${mac.toString('base64')}"}\n`;
}

/** How many bytes it has. */
export function lineLength(json: string): number {
  return PREFIX.length + Buffer.byteLength(json) + SUFFIX_LENGTH;
}

/** The entry's exact JSON and the MAC of a line (newline included); undefined when it is not of that form. */
export function parseLine(line: Buffer): { json: Buffer; mac: Buffer } | undefined {
  const at = line.length - SUFFIX_LENGTH;
  if (at < PREFIX.length) return undefined;
  const end = line.toString('latin1', at);
  if (
    line.toString('latin1', 0, PREFIX.length) !== PREFIX ||
    !end.startsWith(MAC_MEMBER) ||
    !end.endsWith('"}\n')
  )
    return undefined;
  const mac = end.slice(MAC_MEMBER.length, -3);
  const bytes = Buffer.from(mac, 'base64');
  // Base64 has more than one spelling for the same bytes; only ours is a line of ours.
  if (bytes.length !== 32 || bytes.toString('base64') !== mac) return undefined;
  return { json: line.subarray(PREFIX.length, at), mac: bytes };
}

/** In constant time. */
export function isSameMac(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
