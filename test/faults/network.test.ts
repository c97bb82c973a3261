import { describe, expect, test, vi } from 'vitest';
import type { Settings } from '../../shared/settings.ts';
import { type Fault, startFaultProxy } from '../support/fault-proxy.ts';
import { startIdempotentDestination } from '../support/idempotent-destination.ts';
import { startTestApp, USER } from '../support/test-app.ts';

vi.setConfig({ testTimeout: 60_000 });

/** An app whose calls to the destination befall what `faults` has for each key, the first time that it is called. */
async function setUp(faults: ReadonlyMap<string, Fault>, settings: Partial<Settings> = {}) {
  const destination = await startIdempotentDestination(() => 0);
  const left = new Map(faults);
  const proxy = await startFaultProxy(destination.url, (head) => {
    const key = /^idempotency-key: (.+?)\r$/im.exec(head)?.[1] ?? '';
    const fault = left.get(key);
    left.delete(key);
    return fault;
  });
  const app = await startTestApp({ destination: proxy, settings });
  const fire = async (key: string) => {
    const response = await app.post({ userId: USER, idempotencyKey: key, customerData: { key } });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { app, destination, left, fire };
}

const range = (to: number, step = 1) =>
  Array.from({ length: Math.ceil(to / step) }, (_, index) => index * step);
const resets = (side: Fault['side'], bytes: number[]) =>
  new Map(bytes.map((at) => [`${side}-${at}`, { side, bytes: at, next: 'reset' } as const]));

describe('F08 a connection that is reset', () => {
  test.each([
    // Longer than either is.
    ['request', range(900, 12)],
    ['response', range(320)],
  ] as const)('after any byte of the %s loses no pop and shows none twice', async (side, bytes) => {
    const faults = resets(side, [...bytes]);
    const { destination, left, fire } = await setUp(faults);
    const answers = await Promise.all([...faults.keys()].map(fire));
    for (const { status, body } of answers) expect([status, body.status]).toEqual([200, 'delivered']);
    expect(left.size).toBe(0);
    expect([...destination.keys.keys()].toSorted()).toEqual([...faults.keys()].toSorted());
    expect(destination.wrongs).toEqual([]);
    // What was shown before its answer was cut off is told so.
    const again = answers.filter(({ body }) => body.duplicate).length;
    if (side === 'response') expect(again).toBeGreaterThan(100);
  });
});

describe('F09 a destination that is slow', () => {
  const QUICK = { attemptTimeoutMs: 1500 };
  const faults = new Map<string, Fault>([
    ['hangs-at-once', { side: 'request', bytes: 0, next: 'hang' }],
    ['hangs-in-the-request', { side: 'request', bytes: 100, next: 'hang' }],
    ['hangs-before-its-headers', { side: 'response', bytes: 0, next: 'hang' }],
    ['hangs-in-its-headers', { side: 'response', bytes: 20, next: 'hang' }],
    ['hangs-in-its-body', { side: 'response', bytes: 200, next: 'hang' }],
    ['drips-its-headers', { side: 'response', bytes: 0, next: 20 }],
    ['drips-its-body', { side: 'response', bytes: 180, next: 40 }],
  ]);

  test('and answers the next attempt shows each pop once', async () => {
    const { destination, fire } = await setUp(faults, QUICK);
    for (const answer of await Promise.all([...faults.keys()].map(fire)))
      expect(answer).toMatchObject({ status: 200, body: { status: 'delivered' } });
    expect(destination.keys.size).toBe(faults.size);
    expect(destination.wrongs).toEqual([]);
  });

  test('and stays so is given up at the deadline: 504', async () => {
    const hang: Fault = { side: 'response', bytes: 0, next: 'hang' };
    const { destination, fire } = await setUp(new Map([['key', hang]]), {
      attemptTimeoutMs: 600_000,
      totalDeadlineMs: 1500,
    });
    expect(await fire('key')).toMatchObject({ status: 504, body: { code: 'upstream_timeout' } });
    // It was shown; the caller who tries again is told so.
    expect(await fire('key')).toMatchObject({ status: 200, body: { status: 'delivered', duplicate: true } });
    expect(destination.wrongs).toEqual([]);
  });
});
