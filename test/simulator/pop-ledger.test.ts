import { expect, test } from 'vitest';
import { createPopLedger } from '../../main/simulator/pop-ledger.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { POP } from './client.ts';

test('the ledger of pops keeps at most 100,000 keys: the oldest goes first', () => {
  const ledger = createPopLedger(createFakeClock());
  const record = (index: number) =>
    ledger.record(
      'agent-1',
      { ...POP, idempotencyKey: `key-${index}` },
      { id: String(index), status: 'delivered', windowFocused: null, deliveryTimeMs: 1 },
    );
  for (let index = 0; index < 100_000; index += 1) record(index);
  expect(ledger.find('key-0')?.id).toBe('0');
  record(100_000);
  expect(ledger.find('key-0')).toBeUndefined();
  expect(ledger.find('key-1')?.id).toBe('1');
  expect(ledger.find('key-100000')?.id).toBe('100000');
});
