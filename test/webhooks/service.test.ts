import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { auditDir } from '../../main/audit/format/segments.ts';
import { readEntries } from '../../main/audit/read/entries.ts';
import { openTroubles } from '../../main/observability/troubles.ts';
import { createObservable } from '../../main/platform/observable.ts';
import { createDeadLetterBox } from '../../main/webhooks/dead-letters.ts';
import type { WebhookTarget } from '../../main/webhooks/post-message.ts';
import { createWebhookService } from '../../main/webhooks/service.ts';
import { webhookKey } from '../../main/webhooks/standard-webhooks.ts';
import type { WebhookTargets } from '../../main/webhooks/targets.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { entryOf } from '../../shared/log-events.ts';
import { mail, openLedger, result } from '../support/ledger.ts';
import { tempDir } from '../support/temp-dir.ts';

const KEY = webhookKey(`whsec_${Buffer.alloc(32, 5).toString('base64')}`);
const OTHER_KEY = webhookKey(`whsec_${Buffer.alloc(32, 6).toString('base64')}`);
const UNSIGNED = { code: 'no_secret', why: 'it has no secret' } as const;
const at = (url: string, key: WebhookTarget['key'] = KEY): WebhookTargets => new Map([['crm', { url, key }]]);

const A = 'https://a.example/hook';
const B = 'https://b.example/hook';

const fail = (error: unknown) => expect.fail(String(error));

/** The service on a real log, store and file of troubles; a receiver takes what it is told to. */
function setUp(first: WebhookTargets, known: { code: string; why: string } | null = null) {
  const ledger = openLedger();
  const { clock, dir, store } = ledger;
  const troubles = openTroubles({
    dataDir: tempDir(),
    clock,
    logger: { warn: () => {} },
    onFault: fail,
  });
  if (known) troubles.report('webhook', 'crm', known);
  let enqueue: (entry: AuditEntry) => void = () => {};
  const receiver = { status: 204, calls: 0 };
  const held = createObservable({ targets: first }, fail);
  const service = createWebhookService({
    http: {
      async sendForHead() {
        receiver.calls += 1;
        return { status: receiver.status, headers: {} };
      },
    },
    clock,
    random: () => 0,
    isBusy: () => false,
    audit: {
      async append(entry) {
        const appended = await ledger.append(entry);
        enqueue(appended);
        return appended;
      },
    },
    checkpoint: () => undefined,
    onCheckpoint: () => {},
    outbox: store.outbox,
    targets: held.select(({ targets }) => targets),
    whole: async () => {},
    addSubscriber: (subscriber) => {
      enqueue = subscriber;
    },
    troubles,
    onFault: fail,
  });
  onTestFinished(async () => {
    await service.stop();
    await troubles.stop();
  });
  return {
    ...ledger,
    receiver,
    change: (targets: WebhookTargets) => held.change({ targets }),
    async start() {
      service.start();
      await new Promise(setImmediate);
    },
    trouble: () => troubles.list().map(({ part, name, code }) => `${part} ${name} ${code}`),
    restarts: () =>
      [...readEntries(auditDir(dir))].filter(({ type, popId }) => type === 'webhook' && popId === null)
        .length,
  };
}

describe('a webhook', () => {
  test('that nothing can sign for is in trouble, until something can', async () => {
    const { start, change, trouble } = setUp(at(A, UNSIGNED));
    await start();
    expect(trouble()).toEqual(['webhook crm no_secret']);
    change(at(A));
    expect(trouble()).toEqual([]);
  });

  test('whose secret was set while poptray did not run is in that trouble no more; in another it still is', async () => {
    const signed = setUp(at(A), UNSIGNED);
    await signed.start();
    expect(signed.trouble()).toEqual([]);
    const refusing = setUp(at(A), { code: 'http_500', why: 'it said so' });
    await refusing.start();
    expect(refusing.trouble()).toEqual(['webhook crm http_500']);
  });

  test('that is taken out of the settings is in no trouble', async () => {
    const { start, change, trouble } = setUp(at(A, UNSIGNED));
    await start();
    change(new Map());
    expect(trouble()).toEqual([]);
  });

  test('whose receiver is gone stays stopped over a start, and is begun anew at another address alone', async () => {
    const { append, start, change, trouble, store, restarts } = setUp(at(A));
    await append(result('p0', 'delivered', ['crm']));
    await append(mail('p0', 'crm', 'refused'));
    await start();
    expect([trouble(), restarts()]).toEqual([['webhook crm gone'], 0]);
    change(at(A, OTHER_KEY));
    expect([trouble(), restarts(), store.outbox.isStopped('crm')]).toEqual([['webhook crm gone'], 0, true]);
    change(at(B));
    await vi.waitFor(() => expect(restarts()).toBe(1));
    expect([trouble(), store.outbox.isStopped('crm')]).toEqual([[], false]);
  });

  test('that is changed is sent at once what it did not take before', async () => {
    const { append, start, change, receiver } = setUp(at(A));
    await append(result('p0', 'delivered', ['crm']));
    receiver.status = 500;
    await start();
    await vi.waitFor(() => expect(receiver.calls).toBe(1));
    await new Promise((resolve) => setTimeout(resolve, 50));
    receiver.status = 204;
    change(at(A, OTHER_KEY));
    await vi.waitFor(() => expect(receiver.calls).toBe(2));
  });
});

describe('a dead letter', () => {
  const letter = { id: 'm1', webhook: 'crm', popId: 'p1' };
  const outbox = (isReadable: boolean) =>
    ({ deadLetters: () => [letter], isReadable: () => isReadable }) as never;

  test('is sent again through the log, once that is known', async () => {
    const happened: unknown[] = [];
    const box = createDeadLetterBox(
      outbox(true),
      { append: async (entry) => void happened.push(entry) as never },
      () => happened.push('woken'),
      async () => void happened.push('whole'),
    );
    expect(await box.resend('m1', 'other', 'dashboard')).toBe(false);
    expect(await box.resend('m1', 'crm', 'dashboard')).toBe(true);
    const resent = entryOf({
      kind: 'webhook',
      what: 'resent',
      popId: 'p1',
      webhook: 'crm',
      client: 'dashboard',
    });
    expect(happened).toEqual(['whole', 'whole', resent, 'woken']);
  });

  test('of which retention has left nothing but the name says so, and the log hears nothing', async () => {
    const box = createDeadLetterBox(outbox(false), { append: expect.fail }, expect.fail, async () => {});
    await expect(box.resend('m1', 'crm', null)).rejects.toMatchObject({
      code: 'unreadable',
      message: 'of m1 nothing but its name is left',
    });
  });
});
