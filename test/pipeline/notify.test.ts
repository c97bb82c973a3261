import { expect, test } from 'vitest';
import { resultEntry } from '../../main/pipeline/record.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { notificationOf } from '../../shared/webhook.ts';
import { reply } from './fakes.ts';
import { createWorld, USER } from './world.ts';

const notificationsOf = (entry: AuditEntry) =>
  entry.webhooks.flatMap((webhook) => notificationOf(entry, webhook) ?? []);

test('a delivered pop is told as activated, with what contract §4 says and no more', async () => {
  const { pop, log, http } = createWorld();
  http.next({ afterMs: 25, fate: reply(200, { windowFocused: false }) });
  await pop({ customerData: { name: 'Ada' } });
  const [notification, ...others] = log.entries.flatMap(notificationsOf);
  expect(others).toEqual([]);
  expect(notification).toMatchObject({ id: 'msg_pop-0-1', webhook: 'hook', popId: 'pop-0-1' });
  expect(JSON.parse(notification?.payload ?? '')).toEqual({
    event: 'screenpop_activated',
    userId: USER,
    latencyMs: 25,
    windowFocus: false,
    timestamp: log.entries[1]?.timestamp,
    popId: 'pop-0-1',
    status: 'delivered',
  });
});

test('a failed pop is told as failed', async () => {
  const { fail, log, http } = createWorld();
  http.next(reply(403));
  await fail();
  const [notification] = log.entries.flatMap(notificationsOf);
  expect(JSON.parse(notification?.payload ?? '')).toMatchObject({
    event: 'screenpop_failed',
    status: 'failed',
    windowFocus: null,
  });
});

test('a pop that was suppressed, has expired, or of which nobody knows is not told', async () => {
  const { pop, log } = createWorld();
  await pop({ phase: 'ended' });
  await pop({ expiresAt: '2020-01-01T00:00:00Z' });
  const [entry] = log.entries;
  if (!entry) throw new Error('no entry');
  await log.append(
    resultEntry({ ...entry, popId: entry.popId ?? '' }, { status: 'unknown' }, null, ['hook']),
    'written',
  );
  expect(log.story()).toEqual(['result suppressed', 'result expired', 'result unknown']);
  expect(log.entries.flatMap(notificationsOf)).toEqual([]);
});

test('nothing but a result is told', async () => {
  const { pop, log } = createWorld();
  await pop();
  expect(log.entries.flatMap(notificationsOf)).toHaveLength(1);
  for (const type of ['opened', 'recovered', 'intent', 'refused', 'webhook'] as const) {
    const others = log.entries.map((entry) => ({ ...entry, type }));
    expect(others.flatMap(notificationsOf)).toEqual([]);
  }
});

test('each webhook gets a message of its own with the same id; none is made without webhooks', async () => {
  const { pop, log, settings } = createWorld();
  settings.config = { ...settings.config, webhooks: ['one', 'two'] };
  await pop();
  const told = log.entries.flatMap(notificationsOf);
  expect(told.map(({ id, webhook }) => [id, webhook])).toEqual([
    ['msg_pop-0-1', 'one'],
    ['msg_pop-0-1', 'two'],
  ]);
  settings.config = { ...settings.config, webhooks: [] };
  await pop();
  expect(log.entries.flatMap(notificationsOf)).toHaveLength(2);
});
