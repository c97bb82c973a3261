import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { closeInterrupted } from '../../main/store/close-interrupted.ts';
import { intent, type Ledger, openLedger, result } from '../support/ledger.ts';
import { tempDir } from '../support/temp-dir.ts';

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

describe('a pop to several destinations that was cut off', () => {
  const planned = (required: boolean | null) =>
    ['desk', 'crm', 'wall'].map((id) => ({
      id,
      required,
      status: null,
      code: null,
      windowFocused: null,
      latencyMs: null,
      mayHaveArrived: false,
    }));
  const begun = (required: boolean | null) => ({ ...intent('p1', 'key'), destinations: planned(required) });
  const ended = (
    destination: string,
    status: 'delivered' | 'failed',
    latencyMs: number,
    mayHaveArrived = false,
  ) => ({
    ...result('p1', status, [], 'key'),
    type: 'delivery' as const,
    destination,
    latencyMs,
    mayHaveArrived: status === 'failed' ? mayHaveArrived : null,
  });
  const stands = ({ store }: Ledger) =>
    store.findByKey('key')?.destinations?.map(({ status, mayHaveArrived }) => [status, mayHaveArrived]);

  test('side by side, is known where its delivery had ended, and unknown elsewhere', async () => {
    const ledger = openLedger();
    await ledger.append(begun(true));
    await ledger.append(ended('crm', 'delivered', 7));
    await ledger.append(ended('wall', 'failed', 8));
    await close(ledger);
    expect(ledger.store.findByKey('key')).toMatchObject({ status: 'unknown', mayHaveArrived: true });
    expect(stands(ledger)).toEqual([
      ['unknown', true],
      ['delivered', false],
      ['failed', false],
    ]);
    expect(ledger.store.openIntents()).toEqual([]);
    expect(ledger.store.deliveriesOf('p1')).toEqual([]);
  });

  test('is known so after the models were lost, and when the store had it already', async () => {
    const dir = tempDir();
    const first = openLedger(dir);
    await first.append(begun(true));
    await first.append(ended('desk', 'failed', 5, true));
    first.store.flush();
    await first.append(ended('crm', 'delivered', 7));
    await first.close();
    const second = openLedger(dir);
    expect(second.store.deliveriesOf('p1').map(({ destination }) => destination)).toEqual(['desk', 'crm']);
    await second.close();
    for (const file of readdirSync(dir)) if (file.startsWith('poptray.db')) rmSync(join(dir, file));
    const third = openLedger(dir);
    await close(third);
    expect(stands(third)).toEqual([
      ['failed', true],
      ['delivered', false],
      ['unknown', true],
    ]);
  });

  test('is delivered where all had it before the result could be written', async () => {
    const ledger = openLedger();
    await ledger.append(begun(true));
    for (const [index, id] of ['desk', 'crm', 'wall'].entries())
      await ledger.append(ended(id, 'delivered', 5 + index));
    await close(ledger);
    expect(ledger.store.findByKey('key')).toMatchObject({ status: 'delivered', latencyMs: 7, webhooks: [] });
  });

  test('in turn, was begun nowhere behind the first whose end nobody saw', async () => {
    const ledger = openLedger();
    await ledger.append(begun(null));
    await ledger.append(ended('desk', 'failed', 5));
    await close(ledger);
    expect(stands(ledger)).toEqual([
      ['failed', false],
      ['unknown', true],
      [null, false],
    ]);
  });

  test('in turn, is delivered by one', async () => {
    const ledger = openLedger();
    await ledger.append(begun(null));
    await ledger.append(ended('desk', 'delivered', 5));
    await close(ledger);
    expect(ledger.store.findByKey('key')).toMatchObject({ status: 'delivered', latencyMs: 5 });
  });
});
