import { expect, test } from 'vitest';
import { previewOf } from '../../main/pipeline/preview.ts';
import { sealContext } from '../../main/platform/seal-context.ts';
import { triggerSchema } from '../../shared/trigger.ts';
import { createWorld, USER, type World } from './world.ts';

const TRIGGER = triggerSchema.parse({
  userId: USER,
  idempotencyKey: 'k',
  customerData: { name: 'Ada & Co' },
  sessionToken: 's',
  state: { priority: 'low' },
});

async function preview({ settings, clock }: World, trigger = TRIGGER) {
  const means = { seal: sealContext, clock };
  const { destinations, ...page } = await previewOf(trigger, settings.config, settings.outlets, means);
  const call = destinations[0]?.call;
  if (!call) throw new Error('no destination');
  return { ...call, ...page };
}

test('a preview is what would be sent, to the byte, and sends and records nothing', async () => {
  const world = createWorld();
  const { url, headers, body, uri } = await preview(world);
  expect([world.http.calls, world.tokens.asked(), world.log.entries]).toEqual([[], 0, []]);

  await world.pop(TRIGGER);
  const [sent] = world.http.calls;
  expect(url).toBe(sent?.request.url);
  expect(String(body)).toBe(sent?.body);
  expect(sent?.request.headers).toMatchObject(headers);
  expect(uri).toBe(world.sent()[0]?.uri);
});

test('a preview makes no key', async () => {
  const world = createWorld();
  const { idempotencyKey: _, ...keyless } = TRIGGER;
  expect((await preview(world, keyless)).headers['idempotency-key']).toBe('(made when it is sent)');
});

test('a page that may not be shown has no preview', async () => {
  const world = createWorld();
  const applications = world.settings.config.applications.map((one) => ({
    ...one,
    baseUri: 'https://evil.com/',
  }));
  world.settings.config = { ...world.settings.config, applications };
  await expect(preview(world)).rejects.toThrow(expect.objectContaining({ code: 'target_not_allowed' }));
});

test('each destination has its own, in the order of the application, or what is missing', async () => {
  const { settings, clock } = createWorld();
  const [genesys] = settings.outlets;
  const crm = { id: 'crm', required: true, missing: 'not set: destination:crm:token' };
  const outlets = genesys ? [genesys, crm] : [];
  const shownFor = async (ids?: string[]) => {
    const applications = settings.config.applications.map((one) => ({ ...one, destinations: ids }));
    const config = { ...settings.config, applications };
    const { destinations } = await previewOf(TRIGGER, config, outlets, { seal: sealContext, clock });
    return destinations.map(({ id, missing, call }) => [id, missing, call !== null]);
  };
  const [first, second] = [
    ['genesys', null, true],
    ['crm', crm.missing, false],
  ];
  expect(await shownFor()).toEqual([first, second]);
  expect(await shownFor(['crm', 'genesys'])).toEqual([second, first]);
  expect(await shownFor(['genesys'])).toEqual([first]);
});
