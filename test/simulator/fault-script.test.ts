import { describe, expect, test } from 'vitest';
import { createFaultScript, faultSchema } from '../../main/simulator/fault-script.ts';
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
    ['kind', { kind: 'unknown' }],
    ['status', { kind: 'server-error', status: 499 }],
    ['status', { kind: 'server-error', status: 600 }],
    ['delayMs', { kind: 'slow', delayMs: -1 }],
    ['when', { kind: 'reset', when: 'never' }],
    ['on', { kind: 'conflict', on: 'token' }],
    ['on', { kind: 'no-content', on: 'token' }],
    ['times', { kind: 'forbidden', times: 0 }],
    ['after', { kind: 'forbidden', after: -1 }],
    ['delayMs', { kind: 'forbidden', delayMs: 5 }],
    ['retryAfter', { kind: 'rate-limited', retryAfter: 'a\r\nb: c' }],
    ['retryAfter', { kind: 'rate-limited', retryAfter: 1.5 }],
  ])('refuses the %s of %j', (member, fault) => {
    const { error } = faultSchema.safeParse(fault);
    const at = error?.issues.map((issue) => [...issue.path, ...('keys' in issue ? issue.keys : [])]);
    expect(at).toEqual([[member]]);
    expect(() => createFaultScript().add(fault as never)).toThrow(error);
  });

  test('takes at most 1,000 faults', () => {
    const script = createFaultScript();
    for (let index = 0; index < 1000; index += 1) script.add({ kind: 'forbidden' });
    expect(() => script.add({ kind: 'forbidden' })).toThrow('Too many faults');
  });
});
