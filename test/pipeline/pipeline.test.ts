import { describe, expect, test } from 'vitest';
import { PopError } from '../../main/pipeline/errors.ts';
import { reply } from './fakes.ts';
import { createWorld, USER } from './world.ts';

const PAGE = 'https://app.mydashboard.com/agent-view';
const diskFull = () => {
  throw new PopError('audit_unavailable', 'the audit log cannot be written (ENOSPC)');
};

test('a trigger becomes one signed call with its context in the fragment, and an answer', async () => {
  const { pop, sent, http } = createWorld();
  const answer = await pop({
    customerData: { name: 'Ada Lovelace' },
    sessionToken: 's',
    idempotencyKey: 'k',
  });
  expect(answer).toEqual({
    status: 'delivered',
    latencyMs: 0,
    windowFocused: true,
    idempotencyKey: 'k',
    popId: 'pop-0-1',
    duplicate: false,
  });
  expect(sent()).toEqual([
    {
      applicationId: 'com.example.customapp',
      uri: `${PAGE}#sessionToken=s&name=Ada%20Lovelace`,
      state: { uiMode: 'focused', priority: 'high' },
      idempotencyKey: 'k',
    },
  ]);
  expect(http.calls[0]?.request.url).toBe(`https://api.test/api/v2/users/${USER}/screenpops`);
});

test('the trigger’s state goes over the application’s, member by member', async () => {
  const { pop, sent } = createWorld();
  await pop({ state: { priority: 'low', extra: [1] } });
  expect(sent()[0]?.state).toEqual({ uiMode: 'focused', priority: 'low', extra: [1] });
});

test('a key is made where none was given, and is the same in header, body, answer and log', async () => {
  const { pop, sent, http, log } = createWorld();
  http.next(reply(500));
  const { idempotencyKey } = await pop();
  expect(idempotencyKey).toBe('made-0-1');
  expect(sent().map((body) => body.idempotencyKey)).toEqual([idempotencyKey, idempotencyKey]);
  expect(http.calls.map(({ request }) => request.headers['idempotency-key'])).toEqual([
    idempotencyKey,
    idempotencyKey,
  ]);
  expect(log.entries.map((entry) => entry.idempotencyKey)).toEqual([idempotencyKey, idempotencyKey]);
});

describe('the order of things', () => {
  test('is intent on disk, then the call, then the result in the log, then the answer', async () => {
    const { send, http, log, clock } = createWorld();
    const story: string[] = [];
    const waiting: (() => void)[] = [];
    log.before = ({ type }, until) => {
      story.push(`${type} ${until}`);
      return new Promise((resolve) => waiting.push(resolve));
    };
    http.next(() => {
      story.push('call');
      return reply(204);
    });
    void send().then(() => story.push('answer'));

    await clock.advance(1000);
    expect(story).toEqual(['intent durable']);
    waiting.shift()?.();
    await clock.advance(1000);
    expect(story).toEqual(['intent durable', 'call', 'result written']);
    waiting.shift()?.();
    await clock.advance(0);
    expect(story).toEqual(['intent durable', 'call', 'result written', 'answer']);
  });

  test('lets nothing be sent when the intent cannot be written', async () => {
    const { fail, http, tokens, log } = createWorld();
    log.before = diskFull;
    const error = await fail();
    expect([error.code, error.details.popId]).toEqual(['audit_unavailable', undefined]);
    expect([http.calls, tokens.asked(), log.entries]).toEqual([[], 0, []]);
  });

  test('names the pop in the error when it was delivered but its result could not be written', async () => {
    const { fail, http, log } = createWorld();
    log.before = ({ type }) => (type === 'result' ? diskFull() : undefined);
    const error = await fail({ idempotencyKey: 'k' });
    expect([error.code, error.details.popId]).toEqual(['audit_unavailable', 'pop-0-1']);
    expect(error.message).toContain('delivered');
    expect(http.calls).toHaveLength(1);
  });
});

describe('a trigger that cannot become a pop', () => {
  test('for want of settings says what is missing', async () => {
    const { fail, settings, http, log } = createWorld();
    settings.outlets = [{ id: 'genesys', required: true, missing: 'not set: SIGNING_SECRET' }];
    const error = await fail();
    expect([error.code, error.message]).toEqual(['not_configured', 'not set: SIGNING_SECRET']);
    expect([http.calls, log.entries]).toEqual([[], []]);
  });

  test('for its application or page is refused before anything else', async () => {
    const { fail, settings, http, log } = createWorld();
    expect((await fail({ application: 'nobody' })).code).toBe('target_not_allowed');
    const [sample] = settings.config.applications;
    const applications = sample ? [{ ...sample, baseUri: 'https://evil.com/' }] : [];
    settings.config = { ...settings.config, applications };
    const error = await fail();
    expect(error.code).toBe('target_not_allowed');
    expect(error.message).toContain('target-origin');
    expect([http.calls, log.entries]).toEqual([[], []]);
  });
});

describe('settings', () => {
  test('are read anew for every trigger', async () => {
    const { pop, settings, sent } = createWorld();
    await pop();
    const [sample] = settings.config.applications;
    const applications = sample ? [{ ...sample, id: 'other' }] : [];
    settings.config = { ...settings.config, applications };
    await pop();
    expect(sent().map(({ applicationId }) => applicationId)).toEqual(['com.example.customapp', 'other']);
  });

  test('give the deadlines, counted from the receipt of the trigger', async () => {
    const { pipeline, settings, http, clock } = createWorld();
    settings.config = { ...settings.config, attemptTimeoutMs: 500, totalDeadlineMs: 1250 };
    http.next('hang', 'hang');
    const receivedAt = clock.monotonic() - 50;
    const outcome = pipeline.handle({ trigger: { userId: USER }, client: '', receivedAt });
    const failed = expect(outcome).rejects.toMatchObject({ code: 'upstream_timeout' });
    await clock.advance(2000);
    await failed;
    expect(http.calls.map(({ timeoutMs }) => timeoutMs)).toEqual([500, 200]);
  });
});

test('idle waits for every pop under way, and no longer', async () => {
  const { send, pipeline, http, clock } = createWorld();
  let isIdle = false;
  http.next({ afterMs: 500, fate: reply(204) }, { afterMs: 900, fate: reply(403) });
  const pops = Promise.allSettled([send(), send()]);
  void pipeline.idle().then(() => {
    isIdle = true;
  });
  await clock.advance(800);
  expect(isIdle).toBe(false);
  await clock.advance(100);
  expect(isIdle).toBe(true);
  await pops;
});
