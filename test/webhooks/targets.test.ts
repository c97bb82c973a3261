import { describe, expect, test } from 'vitest';
import { SecretElsewhere } from '../../main/secrets/bound-secrets.ts';
import { SecretsLocked } from '../../main/secrets/secrets.ts';
import { isUnsignedCode, postMessage, type WebhookTarget } from '../../main/webhooks/post-message.ts';
import { webhookKey } from '../../main/webhooks/standard-webhooks.ts';
import { isSameTarget, openWebhooks, unsignedErrors } from '../../main/webhooks/targets.ts';
import { makeCause } from '../../shared/causes.ts';

const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
const KEY = webhookKey(SECRET);
const OTHER_KEY = webhookKey(`whsec_${Buffer.alloc(32, 6).toString('base64')}`);
const url = 'https://crm.example/hook';
const unsigned = (code: 'no_secret' | 'unfit_secret') => ({ url, key: { code, why: `why ${code}` } });

const open = (get: () => Promise<string | undefined>) =>
  openWebhooks([{ id: 'crm', url }], [], { get }).then((targets) => targets.get('crm'));

describe('a webhook is opened', () => {
  test('with the key that signs its messages', async () => {
    expect(await open(async () => SECRET)).toEqual({ url, allow: undefined, key: KEY });
  });

  test.each<[string, () => Promise<string | undefined>, string | RegExp]>([
    ['no_secret', async () => undefined, /run "poptray secret set webhook-secret:crm"/],
    ['unfit_secret', async () => 'whsec_short', /run "poptray secret set webhook-secret:crm"/],
    ['secret_elsewhere', () => Promise.reject(new SecretElsewhere('it was for b')), 'it was for b'],
    ['secret_unreadable', () => Promise.reject(new Error('damaged')), 'damaged'],
  ])('without one, and says why: %s', async (code, get, why) => {
    expect(await open(get)).toMatchObject({
      key: { code, why: typeof why === 'string' ? why : expect.stringMatching(why) },
    });
    expect(isUnsignedCode(code)).toBe(true);
  });

  test('not at all while the secrets are locked, which says nothing of it', async () => {
    const locked = new SecretsLocked(makeCause('keychain_locked', { reason: 'shut' }));
    await expect(open(() => Promise.reject(locked))).rejects.toBe(locked);
  });

  test('and one of the environment may have its secret there too', async () => {
    const [target] = (
      await openWebhooks([{ id: 'productivity', url }], [], { get: async () => undefined })
    ).values();
    expect(target?.key).toMatchObject({ why: expect.stringContaining('PRODUCTIVITY_WEBHOOK_SECRET') });
  });
});

test('codes of receivers are none of a missing key', () => {
  expect(['http_500', 'gone', 'clock'].some(isUnsignedCode)).toBe(false);
});

test('a message that nothing can sign is not sent', async () => {
  const outcome = await postMessage(
    { id: 'm1', popId: 'p1', webhook: 'crm', payload: '{}' },
    unsigned('no_secret'),
    {
      http: { sendForHead: () => expect.fail('sent') },
      clock: { now: () => 0 },
      checkpoint: () => undefined,
      onCheckpoint: () => {},
      stopping: new AbortController().signal,
    },
  );
  expect(outcome).toEqual({ end: 'failed', failure: { code: 'no_secret' } });
});

test('settings that name a webhook which cannot be signed for are at fault there, unless it was so before', () => {
  const targets = new Map<string, WebhookTarget>([
    ['signed', { url, key: KEY }],
    ['none', unsigned('no_secret')],
    ['unfit', unsigned('unfit_secret')],
  ]);
  expect(unsignedErrors(targets, new Map())).toEqual([
    { pointer: '/webhooks/1/secret', detail: 'has no secret to sign with: set it here' },
    { pointer: '/webhooks/2/secret', detail: 'why unfit_secret' },
  ]);
  expect(unsignedErrors(targets, targets)).toEqual([]);
  const moved = new Map([...targets].map(([id, target]) => [id, { ...target, url: 'https://b.example/' }]));
  expect(unsignedErrors(targets, moved)).toHaveLength(2);
});

test.each<[boolean, WebhookTarget | undefined, WebhookTarget]>([
  [true, { url, key: KEY }, { url, key: webhookKey(SECRET) }],
  [false, { url, key: KEY }, { url, key: OTHER_KEY }],
  [false, { url, key: KEY }, { url: `${url}/b`, key: KEY }],
  [false, { url, key: KEY }, { url, key: KEY, allow: ['10.0.0.0/8'] }],
  [false, undefined, { url, key: KEY }],
  [false, { url, key: KEY }, unsigned('no_secret')],
  [false, unsigned('no_secret'), { url, key: KEY }],
  [true, unsigned('no_secret'), unsigned('no_secret')],
  [false, unsigned('no_secret'), unsigned('unfit_secret')],
])('it is %s that these go to the same place in the same way (%#)', (expected, one, other) => {
  expect(isSameTarget(one, other)).toBe(expected);
});
