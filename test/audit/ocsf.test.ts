import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { ocsfLine } from '../../main/audit/export/ocsf.ts';
import { type AuditEntry, auditEntrySchema, auditTypes, popOutcomes } from '../../shared/audit.ts';
import { newEntry } from '../../shared/new-entry.ts';

const text = z.string().min(1);
const time = z.int().positive();

/**
 * API Activity of OCSF 1.6.0, as far as poptray fills it in, after events/application/api_activity.json, dictionary.json and objects/
 * of github.com/ocsf/ocsf-schema; objects are closed, so that no attribute is misspelt.
 */
const apiActivity = z
  .strictObject({
    activity_id: z.union([
      z.literal(1),
      z.literal(2),
      z.literal(3),
      z.literal(4),
      z.literal(0),
      z.literal(99),
    ]),
    activity_name: text,
    actor: z.strictObject({ app_name: text }),
    api: z.strictObject({
      operation: text,
      service: z.strictObject({ name: text }).optional(),
      request: z.strictObject({ uid: text }).optional(),
      response: z.strictObject({ error: text }).optional(),
    }),
    category_name: z.literal('Application Activity'),
    category_uid: z.literal(6),
    class_name: z.literal('API Activity'),
    class_uid: z.literal(6003),
    dst_endpoint: z.strictObject({ hostname: text }).optional(),
    duration: z.int().nonnegative().optional(),
    end_time: time.optional(),
    message: text,
    metadata: z.strictObject({
      correlation_uid: text.optional(),
      event_code: text,
      log_name: text,
      original_time: text,
      product: z.strictObject({ name: text, vendor_name: text, version: text }),
      sequence: z.int().positive(),
      uid: text,
      version: z.literal('1.6.0'),
    }),
    resources: z
      .array(z.strictObject({ type: text, uid: text }))
      .min(1)
      .optional(),
    severity: z.enum(['Informational', 'Low', 'Medium', 'High']),
    severity_id: z.int().min(1).max(4),
    src_endpoint: z.strictObject({ ip: z.literal('127.0.0.1'), svc_name: text }),
    start_time: time.optional(),
    status: text.optional(),
    status_code: text.optional(),
    status_detail: text.optional(),
    status_id: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(99)]).optional(),
    time,
    type_name: text,
    type_uid: z.int(),
    unmapped: z.record(z.string(), z.unknown()),
  })
  .refine((event) => event.type_uid === event.class_uid * 100 + event.activity_id, 'type_uid')
  .refine(
    (event) => event.activity_name === (ACTIVITIES[event.activity_id] ?? event.activity_name),
    'activity_name',
  )
  .refine(
    (event) => event.type_name === `API Activity: ${ACTIVITIES[event.activity_id] ?? 'Other'}`,
    'type_name',
  )
  .refine((event) => event.status === (STATUSES[event.status_id ?? 99] ?? event.status), 'status');

/** What the names beside the ids have to be; beside 99 (Other) the source's own. */
const ACTIVITIES: Partial<Record<number, string>> = {
  0: 'Unknown',
  1: 'Create',
  2: 'Read',
  3: 'Update',
  4: 'Delete',
};
const STATUSES: Partial<Record<number, string>> = { 0: 'Unknown', 1: 'Success', 2: 'Failure' };

const STAMP = {
  seq: 7,
  timestamp: '2026-11-23T12:00:00.000Z',
  boot: 'b',
  uptimeMs: 1,
  keyId: '0123456789abcdef',
};
const entryOf = (type: AuditEntry['type'], known: Partial<AuditEntry> = {}): AuditEntry => {
  return { ...newEntry(type, known), ...STAMP };
};
const eventOf = (entry: AuditEntry) => apiActivity.parse(JSON.parse(ocsfLine(entry)));

const maybe = (values: fc.Arbitrary<string>) => fc.option(values, { nil: null });
const word = fc.string({ minLength: 1, maxLength: 20 });
const entries = fc
  .record({
    type: fc.constantFrom(...auditTypes),
    status: fc.option(fc.constantFrom(...popOutcomes), { nil: null }),
    popId: maybe(fc.uuid()),
    userId: maybe(word),
    application: maybe(word),
    client: maybe(word),
    code: maybe(word),
    detail: maybe(fc.string()),
    correlationId: maybe(word),
    endpoint: maybe(fc.oneof(word, fc.webUrl())),
    latencyMs: fc.option(fc.double({ min: 0, max: 30_000, noNaN: true }), { nil: null }),
  })
  .map(({ type, ...known }) => entryOf(type, known));

describe('an entry as an OCSF event', () => {
  test('has what the class requires and nothing that it does not know, whatever the entry', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        expect(auditEntrySchema.safeParse(entry).success).toBe(true);
        expect(() => eventOf(entry)).not.toThrow();
      }),
    );
  });

  test('loses nothing of it', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        fc.pre(entry.type !== 'removed');
        const told = JSON.stringify(Object.values(eventOf(entry)));
        for (const value of Object.values(entry)) {
          if (value === null || typeof value === 'object') continue;
          expect(told).toContain(JSON.stringify(value));
        }
      }),
    );
  });

  test('says what a pop was, how it ended and for whom', () => {
    const entry = entryOf('result', {
      popId: 'pop-1',
      userId: 'agent-1',
      application: 'crm',
      client: 'softphone',
      endpoint: 'https://api.mypurecloud.com/api/v2/users/agent-1/screenpops',
      status: 'failed',
      code: 'upstream_timeout',
      latencyMs: 20_000.4,
    });
    expect(eventOf(entry)).toMatchObject({
      activity_id: 1,
      type_uid: 600_301,
      status_id: 2,
      status: 'Failure',
      status_code: 'upstream_timeout',
      severity_id: 3,
      time: Date.parse('2026-11-23T12:00:00Z'),
      duration: 20_000,
      actor: { app_name: 'softphone' },
      dst_endpoint: { hostname: 'api.mypurecloud.com' },
      resources: [
        { type: 'screenpop', uid: 'pop-1' },
        { type: 'agent', uid: 'agent-1' },
        { type: 'application', uid: 'crm' },
      ],
      metadata: { sequence: 7, correlation_uid: 'pop-1', event_code: 'result' },
    });
  });

  test.each(popOutcomes)('has a status that OCSF knows for %s', (status) => {
    const ids = { delivered: 1, failed: 2, refused: 2, unknown: 0, suppressed: 99, expired: 99 };
    const event = eventOf(entryOf('result', { status }));
    expect(event).toMatchObject({ status_id: ids[status], status_detail: status, unmapped: { status } });
  });

  test('is one line, whatever is in it', () => {
    expect(ocsfLine(entryOf('webhook', { detail: 'a\nb\u2028c' })).split('\n')).toHaveLength(2);
  });
});
