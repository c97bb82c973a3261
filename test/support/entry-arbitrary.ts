/** Any entry that the log's schema admits, strange texts included. */
import fc from 'fast-check';
import { type AuditEntry, auditTypes, popOutcomes } from '../../shared/audit.ts';
import { changeSchema } from '../../shared/change.ts';
import { newEntry } from '../../shared/new-entry.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom('"', '\\', ']', '\\"]', '\u0000\n', '\u2028'),
);
const nullable = fc.option(text);
const latency = fc.option(fc.double({ min: 0, max: 1e6, noNaN: true, noDefaultInfinity: true }));

const texts = fc.array(text, { maxLength: 3 });
const change = fc.option(
  fc.record({
    subject: fc.constantFrom(...changeSchema.shape.subject.options),
    action: text,
    by: nullable,
    name: nullable,
    members: texts,
    hosts: fc.option(fc.record({ before: texts, after: texts })),
  }),
);

const destinationEnd = fc.record({
  id: text,
  required: fc.option(fc.boolean()),
  status: fc.option(fc.constantFrom('delivered', 'failed', 'unknown')),
  code: nullable,
  windowFocused: fc.option(fc.boolean()),
  latencyMs: latency,
  mayHaveArrived: fc.boolean(),
});

export const anyEntry: fc.Arbitrary<AuditEntry> = fc
  .record({
    seq: fc.integer({ min: 1, max: 2 ** 40 }),
    timestamp: fc
      .date({ min: new Date('2020-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString()),
    boot: text,
    keyId: fc.string(),
    uptimeMs: fc.double({ min: 0, max: 1e12, noNaN: true }),
    type: fc.constantFrom(...auditTypes),
    popId: nullable,
    userId: nullable,
    idempotencyKey: nullable,
    application: nullable,
    client: nullable,
    target: nullable,
    destination: nullable,
    destinations: fc.option(fc.array(destinationEnd, { maxLength: 3 })),
    detail: nullable,
    status: fc.option(fc.constantFrom(...popOutcomes)),
    success: fc.option(fc.boolean()),
    attempts: fc.nat(),
    latencyMs: latency,
    webhooks: texts,
    change,
  })
  .map(({ type, ...known }) => ({ ...newEntry(type, {}), ...known, type }));
