/** What an attempt sends, and what is made of the answer. */
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type PostDeps, postMessage } from '../../main/webhooks/post-message.ts';
import { webhookKey } from '../../main/webhooks/standard-webhooks.ts';
import { sayCause } from '../../shared/causes.ts';
import { WEBHOOK_SECRET } from '../support/environment.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const MESSAGE = { id: 'msg_p1', webhook: 'crm', popId: 'p1', payload: '{}' };
const SECOND_MS = 1000;

/** The outcome where the receiver answers so; its clock is ahead by so many milliseconds. */
async function outcomeOf(status: number, aheadMs?: number, changes: Partial<PostDeps> = {}) {
  const clock = createFakeClock();
  const date = aheadMs === undefined ? {} : { date: new Date(clock.now() + aheadMs).toUTCString() };
  const deps: PostDeps = {
    http: { sendForHead: async () => ({ status, headers: date }) },
    clock,
    checkpoint: () => undefined,
    onCheckpoint: () => expect.fail('nothing is to be heard of a checkpoint'),
    stopping: new AbortController().signal,
    ...changes,
  };
  return postMessage(MESSAGE, { url: 'https://crm.example/', key: webhookKey(WEBHOOK_SECRET) }, deps);
}

describe('a receiver that refuses', () => {
  test.each([
    [-61, 'it is 1 minute ahead of that of the receiver'],
    [-600, 'it is 10 minutes ahead of that of the receiver'],
    [61, 'it is 1 minute behind that of the receiver'],
    [600, 'it is 10 minutes behind that of the receiver'],
  ])('and whose clock is %s s ahead is taken to refuse the time of the signature', async (ahead, off) => {
    for (const status of [400, 401, 403, 499]) {
      const outcome = await outcomeOf(status, ahead * SECOND_MS);
      if (outcome.end !== 'failed') throw new Error(outcome.end);
      expect(outcome.failure.code).toBe('clock');
      const { because } = outcome.failure;
      expect(because && sayCause(because)).toContain(`${off}, which refuses the signatures for it`);
    }
  });

  test.each([-60, 0, 60, undefined])('and whose clock is %s s ahead just refuses', async (ahead) => {
    const outcome = await outcomeOf(401, ahead === undefined ? undefined : ahead * SECOND_MS);
    expect(outcome).toEqual({ end: 'failed', failure: { code: 'http_401' } });
  });

  test('with a fault of its own does not for its clock', async () => {
    const outcome = await outcomeOf(500, -600 * SECOND_MS);
    expect(outcome).toEqual({ end: 'failed', failure: { code: 'http_500' } });
  });
});

test('a call has fifteen seconds, and carries no checkpoint where there is none', async () => {
  const calls: unknown[] = [];
  await outcomeOf(204, 0, {
    http: {
      async sendForHead({ headers }, timeoutMs) {
        calls.push([Object.keys(headers), timeoutMs]);
        return { status: 204, headers: {} };
      },
    },
  });
  expect(calls).toEqual([[['content-type', 'webhook-id', 'webhook-timestamp', 'webhook-signature'], 15_000]]);
});

test('a call that a stop has cut off is no attempt, whatever it says', async () => {
  const stopping = new AbortController();
  const http = {
    async sendForHead(): Promise<never> {
      await setTimeout();
      stopping.abort();
      throw new Error('cut');
    },
  };
  expect(await outcomeOf(204, 0, { http, stopping: stopping.signal })).toEqual({ end: 'cut' });
  expect(await outcomeOf(204, 0, { http })).toMatchObject({ end: 'failed', failure: { code: 'internal' } });
});
