import { expect, test } from 'vitest';
import { createWorld } from './world.ts';

const ADA = '3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b';
const GRACE = '9b1d7c52-0c37-4b62-8a5e-2d1f0a9c8b7e';
const customerData = { caller: '1' };

function worldOf(userId: string | undefined) {
  const world = createWorld();
  world.settings.config = { ...world.settings.config, agent: { userId } };
  return world;
}

test('C15 a trigger that names nobody is for who works here', async () => {
  const world = worldOf(ADA);
  expect((await world.pop({ userId: undefined, customerData })).status).toBe('delivered');
  expect(world.log.entries.map(({ userId }) => userId)).toEqual([ADA, ADA]);
});

test('a trigger that names somebody is for that one', async () => {
  const world = worldOf(ADA);
  await world.pop({ userId: GRACE, customerData });
  expect(world.log.entries.map(({ userId }) => userId)).toEqual([GRACE, GRACE]);
});

test('where nobody knows who works here it is refused, with the way to say so, and uses no key up', async () => {
  const world = worldOf(undefined);
  const trigger = { userId: undefined, customerData, idempotencyKey: 'key-1' };
  expect(await world.fail(trigger)).toMatchObject({
    code: 'invalid_trigger',
    details: { errors: [{ pointer: '/userId' }], because: { code: 'agent_unknown' } },
  });
  world.settings.config = { ...world.settings.config, agent: { userId: ADA } };
  expect((await world.pop(trigger)).status).toBe('delivered');
});

test('a key is the same trigger whether the agent was named or known, and another for another agent', async () => {
  const world = worldOf(ADA);
  const trigger = { userId: undefined, customerData, idempotencyKey: 'key-1' };
  const first = await world.pop(trigger);
  expect(await world.pop({ ...trigger, userId: ADA })).toEqual(first);
  expect(world.sent()).toHaveLength(1);
  world.settings.config = { ...world.settings.config, agent: { userId: GRACE } };
  expect(await world.fail(trigger)).toMatchObject({ code: 'key_reused' });
});
