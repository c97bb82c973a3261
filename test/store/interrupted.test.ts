import { expect, test } from 'vitest';
import { closeInterrupted } from '../../main/store/close-interrupted.ts';
import { intent, type Ledger, openLedger, result } from '../support/ledger.ts';

const close = ({ store, append }: Ledger) => closeInterrupted(store, { append }, 99);

test('a pop that a crash cut off ends as unknown, and its key may be tried again', async () => {
  const ledger = openLedger();
  await ledger.append(intent('p1', 'key'));
  await close(ledger);
  expect(ledger.store.findByKey('key')).toMatchObject({ popId: 'p1', status: 'unknown', success: null });
  expect(ledger.store.openIntents()).toEqual([]);
});

test('a key that has gone on since keeps what became of it', async () => {
  const ledger = openLedger();
  await ledger.append(intent('p1', 'key'));
  await ledger.append(intent('p2', 'key'));
  await ledger.append(result('p2', 'delivered', [], 'key'));
  await close(ledger);
  expect(ledger.store.findByKey('key')).toMatchObject({ popId: 'p2', status: 'delivered' });
  expect(ledger.store.openIntents()).toEqual([]);
});
