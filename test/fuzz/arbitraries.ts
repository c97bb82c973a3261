/** Triggers that fit the schema. */
import fc from 'fast-check';
import { anyData } from '../pipeline/context-arbitraries.ts';

const optional = { requiredKeys: ['userId'] } as const;

export const anyTrigger = fc.record(
  {
    userId: fc.stringMatching(/^[A-Za-z0-9-]{1,64}$/),
    customerData: anyData,
    sessionToken: fc.string({ unit: 'grapheme', maxLength: 60 }),
    interactionId: fc.stringMatching(/^[!-~]{1,40}$/),
    leg: fc.stringMatching(/^[!-~]{1,40}$/),
    call: fc.record(
      {
        from: fc.string({ unit: 'grapheme', maxLength: 40 }),
        to: fc.string({ unit: 'grapheme', maxLength: 40 }),
        direction: fc.constantFrom('inbound', 'outbound'),
      },
      { requiredKeys: [] },
    ),
    idempotencyKey: fc.stringMatching(/^[!-~]{1,40}$/),
    phase: fc.constantFrom('ringing', 'answered', 'ended', 'manual'),
    expiresAt: fc
      .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
      .map((at) => at.toISOString()),
    state: fc.dictionary(
      fc.stringMatching(/^[a-z]{1,8}$/),
      fc.oneof(fc.integer(), fc.boolean(), fc.constant(null)),
    ),
  },
  optional as never,
) as fc.Arbitrary<{ userId: string }>;

/** For `edited`: where bytes are taken out, how many, and what is put in. */
export const anyEdit: fc.Arbitrary<readonly [number, number, Uint8Array]> = fc.tuple(
  fc.nat(),
  fc.nat(20),
  fc.uint8Array({ maxLength: 20 }),
);

export function edited(bytes: Buffer, [at, remove, add]: readonly [number, number, Uint8Array]): Buffer {
  const from = at % bytes.length;
  return Buffer.concat([bytes.subarray(0, from), add, bytes.subarray(from + remove)]);
}
