/** A log of any length that looks like one from a contact centre, the same in each run but for its times. */
import type { AuditEntry } from '../../shared/audit.ts';
import { newEntry } from '../../shared/new-entry.ts';

const AGENTS = Array.from(
  { length: 12 },
  (_, n) =>
    `${(0x3f2b1c8e + n * 0x1234567).toString(16)}-9a4d-4e6f-8b7a-1c2d3e4f${(0x5a6b + n * 977).toString(16)}`,
);
const APPLICATIONS = ['com.example.customapp', 'com.example.crm'] as const;
const FAILURES = [
  'upstream_unauthorized',
  'upstream_timeout',
  'upstream_rejected',
  'upstream_failed',
] as const;

const BLANK = { ...newEntry('result', {}), boot: '5f1c' };

/** A number from 0 to 1 that looks random and is always the same for the same seed. */
function noise(seed: number): number {
  let x = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
}

const pick = <T>(list: readonly T[], at: number): T => list[Math.floor(at * list.length)] as T;

/** An entry of that number and time, with `part` over it. */
export function entryWith(seq: number, at: number, part: Partial<AuditEntry>): AuditEntry {
  return {
    ...BLANK,
    seq,
    timestamp: new Date(at).toISOString(),
    uptimeMs: seq * 1000,
    keyId: '0123456789abcdef',
    type: 'result',
    ...part,
  };
}

/** What is known of the pop that the entry is about. */
function factsOf(seq: number): Partial<AuditEntry> {
  const id = seq.toString(16).padStart(12, '0');
  return {
    popId: `01a2090d-15b8-738f-aba8-${id}`,
    userId: pick(AGENTS, noise(seq)),
    idempotencyKey: `call-${seq}`,
    application: noise(seq + 1) < 0.7 ? APPLICATIONS[0] : APPLICATIONS[1],
    client: 'my-softphone',
    endpoint: 'http://127.0.0.1:41327/api/v2/users/3f2b1c8e/screenpops',
    target: 'https://app.mydashboard.com/agent-view',
  };
}

/** The result number `seq`: mostly deliveries, with all that can go wrong in between. */
export function resultAt(seq: number, at: number): AuditEntry {
  const facts = factsOf(seq);
  const luck = noise(seq + 7);
  if (luck > 0.985)
    return entryWith(seq, at, {
      type: 'refused',
      status: 'refused',
      code: 'unauthorized',
      success: false,
      endpoint: '/trigger-screenpop',
    });
  if (luck > 0.97)
    return entryWith(seq, at, {
      ...facts,
      status: 'suppressed',
      reason: luck > 0.977 ? 'dedupe' : 'policy',
      success: false,
      latencyMs: 0.4,
    });
  if (luck > 0.96) return entryWith(seq, at, { ...facts, status: 'expired', success: false, latencyMs: 0.3 });
  const delivery = 3 + noise(seq + 2) ** 4 * 90;
  const token = noise(seq + 3) > 0.97 ? 24 + noise(seq + 5) * 20 : 0;
  const queue = 0.6 + noise(seq + 4) * 1.5;
  if (luck > 0.93) {
    const code = pick(FAILURES, noise(seq + 9));
    const waited = code === 'upstream_timeout' ? 20_000 : delivery;
    return entryWith(seq, at, {
      ...facts,
      status: 'failed',
      code,
      success: false,
      attempts: code === 'upstream_failed' ? 3 : 1,
      latencyMs: queue + token + waited,
      phases: { queue, token, delivery: waited },
      correlationId: 'b1946ac9-2492-4d23-a9e0-c5d3f0a1e7b2',
      webhooks: ['productivity'],
    });
  }
  const focus = noise(seq + 6);
  return entryWith(seq, at, {
    ...facts,
    status: 'delivered',
    success: true,
    focusTracked: focus < 0.96,
    windowFocused: focus < 0.88 ? true : focus < 0.96 ? false : null,
    attempts: noise(seq + 8) > 0.97 ? 2 : 1,
    latencyMs: queue + token + delivery,
    phases: { queue, token, delivery },
    webhooks: ['productivity'],
  });
}

const DAY_MS = 86_400_000;
/** How much busier a day's peak is than its quiet hours: 0 is not at all, 1 endlessly. */
const RUSH = 0.8;

/** `count` entries over the 30 days before `now`, newest first, in days that are busiest at this hour. */
export function logOf(count: number, now: number): AuditEntry[] {
  return Array.from({ length: count }, (_, index) => {
    const days = ((index + 1) * 30) / (count + 1);
    const age = days - (RUSH * Math.sin(2 * Math.PI * days)) / (2 * Math.PI);
    return resultAt(count - index, Math.round(now - age * DAY_MS));
  });
}
