import { describe, expect, test } from 'vitest';
import { createFaultScript } from '../../main/simulator/faults.ts';
import { basic, openSimulator } from './client.ts';

describe('the script of faults', () => {
  test('goes in order, with times and after', async () => {
    const { pop, simulator } = await openSimulator();
    simulator.addFault({ kind: 'server-error', times: 2 });
    simulator.addFault({ kind: 'forbidden', after: 1 });
    const statuses: number[] = [];
    for (let index = 0; index < 5; index += 1) {
      statuses.push((await pop({ idempotencyKey: `key-${index}` })).status);
    }
    expect(statuses).toEqual([503, 503, 200, 403, 200]);
  });

  test('befalls only calls that are in order', async () => {
    const { pop, askToken, simulator } = await openSimulator();
    simulator.addFault({ kind: 'server-error' });
    simulator.addFault({ on: 'token', kind: 'server-error' });
    expect((await pop({}, { bytes: '{' })).status).toBe(400);
    expect((await pop({}, { headers: { authorization: 'Bearer x' } })).status).toBe(401);
    expect((await askToken(basic('wrong'))).status).toBe(401);
    expect((await pop()).status).toBe(503);
    expect((await askToken()).status).toBe(503);
  });

  test('ends when the faults are cleared', async () => {
    const { pop, simulator } = await openSimulator();
    simulator.addFault({ kind: 'server-error', times: 1000 });
    simulator.clearFaults();
    expect((await pop()).status).toBe(200);
  });

  test.each([
    { kind: 'unknown' },
    { kind: 'server-error', status: 499 },
    { kind: 'server-error', status: 600 },
    { kind: 'slow', delayMs: -1 },
    { kind: 'reset', when: 'never' },
    { kind: 'conflict', on: 'token' },
    { kind: 'no-content', on: 'token' },
    { kind: 'forbidden', times: 0 },
    { kind: 'forbidden', after: -1 },
    { kind: 'forbidden', delayMs: 5 },
    { kind: 'rate-limited', retryAfter: 'a\r\nb: c' },
    { kind: 'rate-limited', retryAfter: 1.5 },
  ])('refuses %j', (fault) => {
    expect(() => createFaultScript().add(fault as never)).toThrow();
  });

  test('takes at most 1,000 faults', () => {
    const script = createFaultScript();
    for (let index = 0; index < 1000; index += 1) script.add({ kind: 'forbidden' });
    expect(() => script.add({ kind: 'forbidden' })).toThrow('Too many faults');
  });
});
