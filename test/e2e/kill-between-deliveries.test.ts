/** Several destinations, and kill -9 when one of them has the pop and another may have it: contract §2. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { auditDir } from '../../main/audit/format/segments.ts';
import { readEntries } from '../../main/audit/read/entries.ts';
import { run, startHeadless } from '../support/headless.ts';
import { reply, type StubDestination, startStubDestination } from '../support/stub-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { USER } from '../support/test-app.ts';

const CALL = { userId: USER, interactionId: 'call-7' };
const FIRST = { ...CALL, phase: 'ringing', idempotencyKey: 'of-ringing' };
const FURTHER = { ...CALL, phase: 'answered', idempotencyKey: 'of-answered' };

interface Scene {
  readonly mode?: 'all' | 'first';
  /** Which of the two keeps keys. */
  readonly keyed: 'desk' | 'crm';
  /** What `desk` answers. */
  readonly status?: number;
}

/** poptray on a folder where `desk` has answered a pop of FIRST, and `crm` had it and said nothing, when it was killed. */
async function startAfterKill({ mode = 'all', keyed, status = 200 }: Scene) {
  const [desk, crm] = [await startStubDestination(), await startStubDestination()];
  const dataDir = join(tempDir(), 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  const destination = (id: string, { url }: StubDestination) => ({
    id,
    kind: 'http',
    url: `${url}/agents/{user}/pops`,
    headers: { 'Idempotency-Key': '{idempotencyKey}' },
    body: { page: '{uri}' },
    keyed: id === keyed,
  });
  const settings = {
    version: 2,
    // The kill comes first, however busy the machine.
    attemptTimeoutMs: 120_000,
    totalDeadlineMs: 240_000,
    destinations: [destination('desk', desk), destination('crm', crm)],
    applications: [
      { id: 'app', baseUri: 'https://app.example/pop', allowedOrigins: ['https://app.example'], mode },
    ],
  };
  writeFileSync(join(dataDir, 'settings.json'), JSON.stringify(settings), { mode: 0o600 });
  const entries = () => [...readEntries(auditDir(dataDir))];

  desk.onPop(reply(status));
  crm.onPop(() => {});
  const first = await startHeadless({ dataDir });
  const cut = expect(first.post(FIRST)).rejects.toThrow();
  const ended = () => entries().filter(({ type }) => type === 'delivery');
  await expect
    .poll(() => [ended().map(({ destination }) => destination), crm.pops.length], { timeout: 20_000 })
    .toEqual([['desk'], 1]);
  first.kill('SIGKILL');
  await first.ended;
  await cut;

  const app = await startHeadless({ dataDir });
  return {
    /** The status of the answer, and what it says. */
    async fire(trigger: object) {
      const response = await app.post(trigger);
      return { http: response.status, ...((await response.json()) as Record<string, unknown>) };
    },
    /** The keys that each of them was called with, oldest first. */
    keys: () => [desk, crm].map(({ pops }) => pops.map(({ headers }) => headers['idempotency-key'])),
    bodies: () => new Set(crm.pops.map(({ body }) => String(body))),
    async expectWhole() {
      app.kill('SIGTERM');
      expect(await app.ended, app.output()).toBe(0);
      const verify = run('cli.ts', ['audit', 'verify'], { dataDir });
      expect([await verify.ended, verify.output()]).toEqual([0, expect.stringMatching(/^whole: /)]);
      for (const { type, destinationKey } of entries())
        if (type === 'intent' || type === 'delivery') expect(destinationKey).toBe('of-ringing');
    },
  };
}

const BOTH = [
  { id: 'desk', status: 'delivered' },
  { id: 'crm', status: 'delivered' },
];
const IN_DOUBT = [
  { id: 'desk', status: 'delivered' },
  { id: 'crm', status: 'unknown' },
];

describe('side by side', () => {
  test('the same key calls only the one that has not delivered, under that key, and tells of both', async () => {
    const { fire, keys, bodies, expectWhole } = await startAfterKill({ keyed: 'crm' });
    const answer = await fire(FIRST);
    expect(answer).toMatchObject({ http: 200, status: 'delivered', destinations: BOTH });
    expect(await fire(FIRST)).toEqual(answer);
    expect([keys(), bodies().size]).toEqual([[['of-ringing'], ['of-ringing', 'of-ringing']], 1]);
    await expectWhole();
  });

  test('a further trigger of the call does the same, under the key of the first', async () => {
    const { fire, keys, expectWhole } = await startAfterKill({ keyed: 'crm' });
    expect(await fire(FURTHER)).toMatchObject({
      http: 200,
      status: 'delivered',
      idempotencyKey: 'of-answered',
      destinations: BOTH,
    });
    expect(await fire({ ...FURTHER, idempotencyKey: 'later' })).toMatchObject({ reason: 'dedupe' });
    expect(keys()).toEqual([['of-ringing'], ['of-ringing', 'of-ringing']]);
    await expectWhole();
  });

  test('one that keeps no keys and may have shown it is not called again, unless that is wished', async () => {
    const { fire, keys, expectWhole } = await startAfterKill({ keyed: 'desk' });
    const inDoubt = { http: 504, code: 'outcome_unknown', destinations: IN_DOUBT };
    expect(await fire(FIRST)).toMatchObject(inDoubt);
    expect(await fire(FIRST)).toMatchObject(inDoubt);
    expect(keys()).toEqual([['of-ringing'], ['of-ringing']]);
    expect(await fire({ ...FIRST, repeat: true })).toMatchObject({ http: 200, destinations: BOTH });
    expect(keys()).toEqual([['of-ringing'], ['of-ringing', 'of-ringing']]);
    await expectWhole();
  });

  test('nor is it by a further trigger of the call', async () => {
    const { fire, keys, expectWhole } = await startAfterKill({ keyed: 'desk' });
    expect(await fire(FURTHER)).toMatchObject({ http: 200, status: 'suppressed', reason: 'unknown' });
    expect(keys()).toEqual([['of-ringing'], ['of-ringing']]);
    expect(await fire({ ...FURTHER, repeat: true })).toMatchObject({ http: 200, destinations: BOTH });
    expect(keys()).toEqual([['of-ringing'], ['of-ringing', 'of-ringing']]);
    await expectWhole();
  });
});

describe('in turn', () => {
  const IN_TURN = { mode: 'first', status: 404 } as const;

  test('the same key calls only the second, because the first has failed for good', async () => {
    const { fire, keys, expectWhole } = await startAfterKill({ ...IN_TURN, keyed: 'crm' });
    expect(await fire(FIRST)).toMatchObject({
      http: 200,
      status: 'delivered',
      destinations: [{ id: 'desk', status: 'failed', code: 'upstream_rejected' }, BOTH[1]],
    });
    expect(keys()).toEqual([['of-ringing'], ['of-ringing', 'of-ringing']]);
    await expectWhole();
  });

  test('where the second keeps no keys nothing is called', async () => {
    const { fire, keys, expectWhole } = await startAfterKill({ ...IN_TURN, keyed: 'desk' });
    expect(await fire(FIRST)).toMatchObject({
      http: 504,
      code: 'outcome_unknown',
      destinations: [{ id: 'desk', status: 'failed' }, IN_DOUBT[1]],
    });
    expect(keys()).toEqual([['of-ringing'], ['of-ringing']]);
    await expectWhole();
  });
});
