import { expect, test } from 'vitest';
import { prefersAsync } from '../../main/endpoint/prefer.ts';
import { acceptedReplySchema } from '../../shared/trigger.ts';
import { reply, startStubDestination } from '../support/stub-destination.ts';
import { startTestApp, USER } from '../support/test-app.ts';
import { answerOf, problemOf } from './replies.ts';

const PREFER = { prefer: 'respond-async' };

test.each([
  'respond-async',
  'Respond-Async',
  'respond-async, wait=10',
  'return=minimal,respond-async',
  'wait=10; x="a, b" , respond-async;y',
  'respond-async=""',
  'x="\\",", respond-async',
])('a caller can prefer not to wait: %s', (header) => {
  expect(prefersAsync(header)).toBe(true);
});

test.each([
  undefined,
  '',
  'wait=10',
  'respond-asynchronously',
  'x="respond-async"',
  'x="a, respond-async, b"',
  'x-respond-async',
  'respond-async=no',
])('or not: %s', (header) => {
  expect(prefersAsync(header)).toBe(false);
});

test('it is answered once the pop is on record, before the destination has answered', async () => {
  const destination = await startStubDestination();
  const held = Promise.withResolvers<() => void>();
  destination.onPop((received, response) =>
    held.resolve(() => reply(200, { windowFocused: true })(received, response)),
  );
  const app = await startTestApp({ destination: destination.url });
  const response = await app.post({ userId: USER, idempotencyKey: 'call-7' }, PREFER);
  expect([response.status, response.headers.get('preference-applied')]).toEqual([202, 'respond-async']);
  const accepted = acceptedReplySchema.strict().parse(await response.json());
  expect(accepted.idempotencyKey).toBe('call-7');
  expect(app.entries().map(({ type, popId }) => [type, popId])).toEqual([
    ['opened', null],
    ['intent', accepted.popId],
  ]);
  (await held.promise)();
  await app.stop();
  expect(app.entries().at(-1)).toMatchObject({ type: 'result', status: 'delivered', popId: accepted.popId });
});

test('the same key once more, while its pop is under way, is accepted as that pop', async () => {
  const destination = await startStubDestination();
  const held = Promise.withResolvers<() => void>();
  destination.onPop((received, response) =>
    held.resolve(() => reply(200, { windowFocused: true })(received, response)),
  );
  const app = await startTestApp({ destination: destination.url });
  const trigger = { userId: USER, idempotencyKey: 'call-7' };
  const first = await app.post(trigger, PREFER);
  const second = await app.post(trigger, PREFER);
  expect([first.status, second.status]).toEqual([202, 202]);
  expect(await second.json()).toEqual(await first.json());
  const patient = app.post(trigger);
  (await held.promise)();
  expect((await answerOf(await patient)).status).toBe('delivered');
  expect(destination.pops).toHaveLength(1);
});

test('a trigger that waits for its call’s pop is answered with the outcome, so that nobody is told of a pop before there is one', async () => {
  const destination = await startStubDestination();
  const held = Promise.withResolvers<() => void>();
  destination.onPop((received, response) =>
    held.resolve(() => reply(200, { windowFocused: true })(received, response)),
  );
  const app = await startTestApp({ destination: destination.url });
  const call = { userId: USER, interactionId: 'call-7' };
  expect((await app.post({ ...call, phase: 'ringing' }, PREFER)).status).toBe(202);
  const waiting = app.post({ ...call, phase: 'answered' }, PREFER);
  (await held.promise)();
  const answer = await waiting;
  expect([answer.status, await answerOf(answer)]).toMatchObject([
    200,
    { status: 'suppressed', reason: 'dedupe' },
  ]);
});

test('how it failed stands in the log, and the same key may be sent again', async () => {
  const destination = await startStubDestination();
  destination.onPop(reply(403));
  const app = await startTestApp({ destination: destination.url });
  const trigger = { userId: USER, idempotencyKey: 'call-7' };
  expect((await app.post(trigger, PREFER)).status).toBe(202);
  await expect.poll(() => app.entries().at(-1)).toMatchObject({ type: 'result', code: 'upstream_forbidden' });
  const again = await app.post(trigger, PREFER);
  expect(again.status).toBe(202);
  await expect.poll(() => app.entries().at(-1)?.status).toBe('delivered');
  const stored = await app.post(trigger, PREFER);
  expect([stored.status, stored.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
  expect(destination.pops).toHaveLength(2);
});

test('refusals and what is decided at once are answered as ever', async () => {
  const app = await startTestApp();
  const refused = await app.post({ userId: 'a/b' }, PREFER);
  expect([refused.status, (await problemOf(refused)).code]).toEqual([400, 'invalid_trigger']);
  const unknown = await app.post({ userId: USER, application: 'nobody' }, PREFER);
  expect([unknown.status, (await problemOf(unknown)).code]).toEqual([422, 'target_not_allowed']);
  const held = await app.post({ userId: USER, phase: 'ended' }, PREFER);
  expect([held.status, (await answerOf(held)).status]).toEqual([200, 'suppressed']);
  for (const { headers } of [refused, unknown, held]) expect(headers.get('preference-applied')).toBeNull();
});
