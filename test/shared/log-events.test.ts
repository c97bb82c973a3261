/** Each kind of event makes the entry that it always made, and is read back from it; and nobody else tells kinds apart. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalEntry } from '../../main/audit/format/chain.ts';
import { parseEntry } from '../../main/audit/format/entry.ts';
import { auditTypes } from '../../shared/audit.ts';
import { changeBy, changeSchema } from '../../shared/change.ts';
import { entryOf, eventOf, type LogEvent } from '../../shared/log-events.ts';
import type { NewAuditEntry } from '../../shared/new-entry.ts';
import { refusalsIn } from '../../shared/refused-event.ts';
import { phaseSchema, suppressionReasons } from '../../shared/trigger.ts';
import { anyEntry } from '../support/entry-arbitrary.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const facts = {
  popId: 'pop-1',
  userId: 'agent-1',
  idempotencyKey: 'key-1',
  destinationKey: 'key-0',
  application: 'com.example.app',
  client: 'softphone',
  endpoint: 'https://api.test/screenpops',
  destination: null,
  destinations: null,
  target: 'https://crm.test/view',
  fingerprint: 'print',
  interaction: 'call',
  party: 'party',
  phase: 'ringing',
} as const;

const end = {
  kind: 'result',
  ...facts,
  reason: null,
  code: null,
  windowFocused: null,
  duplicate: false,
  attempts: 0,
  latencyMs: 6,
  phases: null,
  correlationId: null,
  mayHaveArrived: null,
  webhooks: [],
} as const;

const { webhooks: _, ...endThere } = end;

const held = { endpoint: null, destinationKey: null, latencyMs: 0.5 } as const;
const unsent = (id: string) => ({
  id,
  required: true,
  status: null,
  code: null,
  windowFocused: null,
  latencyMs: null,
  mayHaveArrived: false,
});
const phases = { queue: 1, token: 2, delivery: 3 };
const refused = {
  kind: 'refused',
  client: 'softphone',
  endpoint: '/trigger-screenpop',
  userId: null,
  idempotencyKey: null,
} as const;
const message = { kind: 'webhook', popId: 'pop-1', webhook: 'crm' } as const;
const command = { client: 'poptray-command', by: 'ada' };

/** By their names in test/fixtures/log-entries.json, which the version wrote that had a constructor at each place. */
const events: Readonly<Record<string, LogEvent>> = {
  opened: { kind: 'opened', segment: 3, count: 26, mac: Buffer.alloc(32, 2).toString('base64') },
  recovered: { kind: 'recovered', mended: 'dropped 12 bytes of an unfinished entry' },
  inconsistent: { kind: 'inconsistent', reason: 'entry 4 was changed or moved' },
  intent: { kind: 'intent', ...facts },
  delivered: {
    ...end,
    status: 'delivered',
    windowFocused: true,
    duplicate: true,
    attempts: 2,
    correlationId: 'id-1',
    phases,
    webhooks: ['crm', 'wallboard'],
  },
  suppressed: { ...end, ...held, status: 'suppressed', reason: 'dedupe' },
  expired: { ...end, ...held, status: 'expired' },
  failed: {
    ...end,
    status: 'failed',
    code: 'upstream_rate_limited',
    attempts: 3,
    mayHaveArrived: false,
    phases,
    webhooks: ['crm'],
  },
  lost: {
    ...end,
    status: 'unknown',
    code: 'outcome_unknown',
    attempts: 1,
    mayHaveArrived: true,
    phases,
    webhooks: ['crm'],
  },
  interrupted: { ...end, status: 'unknown', idempotencyKey: null, latencyMs: null },
  refused: {
    ...refused,
    userId: 'agent-1',
    idempotencyKey: 'key-1',
    code: 'invalid_trigger',
    latencyMs: 1.5,
    errors: [{ pointer: '/userId', detail: 'is missing' }],
    folded: null,
  },
  refusedMany: { ...refused, code: 'rate_limited', latencyMs: null, errors: null, folded: 12 },
  webhookDelivered: { ...message, what: 'ended', status: 'delivered', code: null, attempts: 2 },
  webhookFailed: { ...message, what: 'ended', status: 'failed', code: 'http_500', attempts: 9 },
  webhookRefused: { ...message, what: 'ended', status: 'refused', code: 'gone', attempts: 1 },
  webhookResent: { ...message, what: 'resent', client: 'dashboard' },
  webhookRestarted: { kind: 'webhook', what: 'restarted', webhook: 'crm' },
  repeated: { kind: 'repeated', popId: 'pop-2', client: 'dashboard', first: 'pop-1' },
  removed: {
    kind: 'removed',
    upTo: 10,
    note: 'poptray/8d479df8c563d5ac\n10\nroot=\nmac mac=\n\n— poptray/8d479df8c563d5ac signature\n',
  },
  changed: {
    kind: 'changed',
    client: 'dashboard',
    change: changeBy(
      { by: 'Firefox' },
      {
        subject: 'settings',
        action: 'saved',
        members: ['/apiBase'],
        hosts: { before: ['a.test'], after: ['b.test'] },
      },
    ),
  },
  changedBefore: {
    kind: 'changed',
    client: command.client,
    change: changeBy(command, {
      subject: 'secret',
      action: 'set',
      name: 'client-secret',
    }),
    noted: { id: 'note-1', at: '2026-11-30T13:00:00.000Z' },
  },
  reset: {
    kind: 'changed',
    client: command.client,
    change: changeBy(command, { subject: 'reset', action: 'made', name: 'audit-2026-11-30-x' }),
    said: 'tampered: entry 4: it was changed or moved\nno checkpoint',
  },
  intentToSeveral: {
    kind: 'intent',
    ...facts,
    endpoint: null,
    destinations: [unsent('desk'), unsent('crm')],
  },
  delivery: {
    ...endThere,
    kind: 'delivery',
    destination: 'crm',
    status: 'failed',
    code: 'upstream_rejected',
    attempts: 1,
    mayHaveArrived: false,
    phases,
    correlationId: 'id-2',
  },
  deliveredToSeveral: {
    ...end,
    endpoint: null,
    status: 'delivered',
    windowFocused: true,
    attempts: 2,
    phases,
    destinations: [
      { ...unsent('desk'), status: 'delivered', windowFocused: true, latencyMs: 6 },
      { ...unsent('crm'), required: false, status: 'failed', code: 'upstream_rejected', latencyMs: 8 },
    ],
    webhooks: ['crm'],
  },
  carriedOver: {
    ...end,
    status: 'delivered',
    windowFocused: false,
    attempts: 1,
    webhooks: ['crm'],
    carriedOver: { seq: 4, sealed: 'audit-2026-11-30-x' },
  },
};

const stamp = {
  seq: 7,
  timestamp: '2026-11-30T13:28:00.000Z',
  boot: 'boot-1',
  uptimeMs: 5,
  keyId: '0123456789abcdef',
};
const written = JSON.parse(readFileSync(join(ROOT, 'test/fixtures/log-entries.json'), 'utf8'));
const lineOf = (entry: NewAuditEntry) => canonicalEntry({ ...entry, ...stamp });
/** Without what came later, where it says nothing. */
const asItWas = (line: string) => line.replace('"destination":null,', '').replace('"destinations":null,', '');

test('the events here are all that were written, and of every kind', () => {
  expect(Object.keys(events)).toEqual(Object.keys(written));
  expect(new Set(Object.values(events).map((event) => entryOf(event).type))).toEqual(new Set(auditTypes));
});

test.each(Object.entries(events))(
  '%s: its entry is what it was, byte for byte, and is read back',
  (name, event) => {
    expect(asItWas(lineOf(entryOf(event)))).toBe(written[name]);
    const entry = parseEntry(JSON.parse(written[name]));
    expect(entry && eventOf(entry)).toEqual(event);
  },
);

const text = fc.string({ unit: 'grapheme' });
const some = fc.string({ unit: 'grapheme', minLength: 1 });
const maybe = fc.option(text);
const amount = fc.nat();
const ms = fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }));
const destinationEnd = fc.record({
  id: text,
  required: fc.option(fc.boolean()),
  status: fc.option(fc.constantFrom('delivered', 'failed', 'unknown')),
  code: maybe,
  windowFocused: fc.option(fc.boolean()),
  latencyMs: ms,
  mayHaveArrived: fc.boolean(),
});
const pop = {
  destination: maybe,
  destinations: fc.option(fc.array(destinationEnd)),
  popId: text,
  userId: maybe,
  idempotencyKey: maybe,
  destinationKey: maybe,
  application: maybe,
  client: maybe,
  endpoint: maybe,
  target: maybe,
  fingerprint: maybe,
  interaction: maybe,
  party: maybe,
  phase: fc.option(fc.constantFrom(...phaseSchema.options)),
};
const carriedOver = fc.record({ seq: amount, sealed: some });
const kindOf = <const Kind extends LogEvent['kind']>(kind: Kind) => fc.constant(kind);
const what = <const What extends string>(name: What) => ({
  kind: kindOf('webhook'),
  what: fc.constant(name),
});
const change = fc.record({
  subject: fc.constantFrom(...changeSchema.shape.subject.options),
  action: text,
  by: maybe,
  name: maybe,
  members: fc.array(text),
  hosts: fc.option(fc.record({ before: fc.array(text), after: fc.array(text) })),
});
const changed = { kind: kindOf('changed'), client: maybe, change };

const anyEnd = {
  status: fc.constantFrom('delivered', 'suppressed', 'expired', 'failed', 'unknown'),
  reason: fc.option(fc.constantFrom(...suppressionReasons)),
  code: maybe,
  windowFocused: fc.option(fc.boolean()),
  duplicate: fc.boolean(),
  attempts: amount,
  latencyMs: ms,
  phases: fc.option(fc.record({ queue: amount, token: amount, delivery: amount })),
  correlationId: maybe,
  mayHaveArrived: fc.option(fc.boolean()),
};

const anyEvent: fc.Arbitrary<LogEvent> = fc.oneof(
  fc.record({
    kind: kindOf('opened'),
    segment: fc.nat({ max: 9_999_999 }),
    count: amount,
    mac: fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .map((bytes) => Buffer.from(bytes).toString('base64')),
  }),
  fc.record({ kind: kindOf('recovered'), mended: text }),
  fc.record({ kind: kindOf('inconsistent'), reason: text }),
  fc.record({ kind: kindOf('intent'), ...pop, carriedOver }, { requiredKeys: ['kind', ...keys(pop)] }),
  fc.record({ kind: kindOf('delivery'), ...pop, ...anyEnd, destination: text }),
  fc.record({ kind: kindOf('result'), ...pop, ...anyEnd, webhooks: fc.array(text) }).chain((result) =>
    fc.oneof(
      fc.constant(result),
      carriedOver.map((from) => ({ ...result, carriedOver: from })),
    ),
  ),
  fc.record({
    kind: kindOf('refused'),
    client: maybe,
    endpoint: maybe,
    userId: maybe,
    idempotencyKey: maybe,
    code: maybe,
    latencyMs: ms,
    errors: fc.option(fc.array(fc.record({ pointer: text, detail: text }))),
    folded: fc.option(amount),
  }),
  fc.record({
    ...what('ended'),
    popId: text,
    webhook: text,
    status: fc.constantFrom('delivered', 'failed', 'refused'),
    code: maybe,
    attempts: amount,
  }),
  fc.record({ ...what('resent'), popId: text, webhook: text, client: maybe }),
  fc.record({ ...what('restarted'), webhook: text }),
  fc.record({ kind: kindOf('repeated'), popId: text, first: text, client: maybe }),
  fc.tuple(some, fc.integer({ min: 1, max: 1e14 }), text).map(([name, upTo, rest]) => ({
    kind: 'removed' as const,
    upTo,
    note: `${name.replaceAll('\n', ' ')}\n${upTo}\n${rest}`,
  })),
  fc.record(changed),
  fc.record({ ...changed, noted: fc.record({ id: text, at: some }) }),
  fc.record({ ...changed, said: text }),
);

function keys<Of extends object>(of: Of): (keyof Of)[] {
  return Object.keys(of) as (keyof Of)[];
}

test('any event is read back from its entry, as the log has it', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      const entry = parseEntry(JSON.parse(lineOf(entryOf(event))));
      expect(entry && eventOf(entry)).toEqual(event);
    }),
  );
});

describe('what other hands have written', () => {
  test('is never taken for more than it says: the entry of its event has what it had', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const event = eventOf(entry);
        if (!event) return;
        const again = entryOf(event);
        expect(again.type).toBe(entry.type);
        expect(eventOf(again)).toEqual(event);
        if (event.kind !== 'refused') expect(again.detail ?? entry.detail).toBe(entry.detail);
      }),
    );
  });

  test.each([
    ['a webhook', { ...entryOf(events.webhookFailed as LogEvent), detail: null }],
    ['the end of no message', { ...entryOf(events.webhookFailed as LogEvent), popId: null }],
    [
      'a webhook’s end as a pop’s',
      { ...entryOf(events.webhookFailed as LogEvent), status: 'expired' as const },
    ],
    ['a result of no pop', { ...entryOf(events.delivered as LogEvent), popId: null }],
    ['a result without an end', { ...entryOf(events.delivered as LogEvent), status: null }],
    ['a delivery nowhere', { ...entryOf(events.delivery as LogEvent), destination: null }],
    ['an intent of no pop', { ...entryOf(events.intent as LogEvent), popId: null }],
    ['a repetition of nothing', { ...entryOf(events.repeated as LogEvent), detail: null }],
    ['a change of nothing', { ...entryOf(events.changed as LogEvent), change: null }],
    ['a removal without a number', { ...entryOf(events.removed as LogEvent), detail: 'poptray/x\nten\n' }],
    ['an opening without a segment', { ...entryOf(events.opened as LogEvent), detail: 'segment x' }],
  ])('says nothing: %s', (_, entry) => {
    expect(eventOf(entry)).toBeUndefined();
  });

  test.each([
    [1, entryOf(events.refused as LogEvent)],
    [12, entryOf(events.refusedMany as LogEvent)],
    [1, { ...entryOf(events.refusedMany as LogEvent), type: 'webhook' as const }],
  ])('%i refusals', (count, entry) => {
    expect(refusalsIn(entry)).toBe(count);
  });
});

/** The members that once told kinds apart, compared with nothing; in the renderer a `popId` is the pop that a page shows. */
const BY_NOTHING = {
  main: /\b(popId|detail|status|success|change)\b\)? *[!=]==? *null\b/g,
  renderer: /\b(entry\.popId|detail|status|success|change)\b\)? *[!=]==? *null\b/g,
};

/** There it is a column, which is left out, or not counted, where the entry has none; or a member of something else. */
const OF_NO_KIND = [
  'main/pipeline/destination-ends.ts',
  'main/audit/export/ocsf.ts',
  'main/cli/count-for-bundle.ts',
  'main/app/runtime-config.ts',
  'main/cli/count-for-bundle.ts',
  'renderer/data/use-first-run.ts',
  'main/electron/customer-window/customer-window.ts',
  'main/electron/customer-window/fault-words.ts',
];

test('nobody else makes entries by hand, or tells them apart by what they do not say', () => {
  const found = (['main', 'renderer'] as const).flatMap((folder) => {
    const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
    const files = names.filter((name) => /\.tsx?$/.test(name)).map((name) => `${folder}/${name}`);
    expect(files.length).toBeGreaterThan(50);
    return files.flatMap((file) => {
      const source = readFileSync(join(ROOT, file), 'utf8');
      const made = source.match(/\bnewEntry\b/g) ?? [];
      const told = OF_NO_KIND.includes(file) ? [] : (source.match(BY_NOTHING[folder]) ?? []);
      return [...made, ...told].map((what) => `${file}: ${what}`);
    });
  });
  expect(found).toEqual([]);
});
