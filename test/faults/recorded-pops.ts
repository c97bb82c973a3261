/** poptray recorded from its first start to its stop, with some pops in between. */
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { auditDir } from '../../main/audit/format/segments.ts';
import { readEntries } from '../../main/audit/read/entries.ts';
import { createSystemClock } from '../../main/platform/clock.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { evidenceIn } from '../support/audit-log.ts';
import { deliveringTo } from '../support/environment.ts';
import { startHeadless } from '../support/headless.ts';
import { startIdempotentDestination } from '../support/idempotent-destination.ts';
import { startReceiver } from '../support/receiver.ts';
import { createRecorder } from '../support/record-disk.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startTestApp, USER } from '../support/test-app.ts';
import { layOut } from '../support/unsynced-disk.ts';
import { verifyLog } from '../support/verify-log.ts';
import type { Recorded } from './power-cut.ts';

const KEYS = ['one', 'two', 'three', 'four', 'five', 'six'];
const triggerOf = (key: string) => ({ userId: USER, idempotencyKey: key, customerData: { case: key } });

interface Known {
  /** The pop that each caller was told of, by its key. */
  readonly acknowledged: ReadonlyMap<string, string>;
  /** What the destination was sent, by its key. */
  readonly sent: ReadonlyMap<string, string>;
  /** The ids of webhook messages. */
  readonly told: ReadonlySet<string>;
}

/** Pops one by one, then side by side. */
export async function recordPops(): Promise<Recorded<Known>> {
  const folder = realpathSync(tempDir());
  const destination = await startIdempotentDestination(() => 1);
  const receiver = await startReceiver();
  const env = deliveringTo(destination.url, receiver.url);
  const recorder = createRecorder(folder);
  const recorded = await startHeadless({ dataDir: join(folder, 'data'), env: { ...env, ...recorder.env } });
  const fire = async (key: string) => expect((await recorded.post(triggerOf(key))).status).toBe(200);
  for (const key of KEYS.slice(0, 3)) await fire(key);
  await Promise.all(KEYS.slice(3).map(fire));
  await receiver.got(KEYS.length);
  recorded.kill('SIGTERM');
  expect(await recorded.ended, recorded.output()).toBe(0);

  return {
    acts: recorder.acts(),
    folder,
    nothingKnown: { acknowledged: new Map(), sent: new Map(), told: new Set() },

    learn(known, act) {
      if (act.what !== 'send') return known;
      const [head = '', body = ''] = act.text.split('\r\n\r\n');
      const header = (name: string) => new RegExp(`^${name}: (\\S+)`, 'm').exec(head)?.[1];
      const [message, key] = [header('webhook-id'), header('idempotency-key')];
      if (message !== undefined) return { ...known, told: new Set([...known.told, message]) };
      if (head.startsWith('POST ') && key !== undefined)
        return { ...known, sent: new Map([...known.sent, [key, body]]) };
      if (!head.startsWith('HTTP/1.1 200 ')) return known;
      const { idempotencyKey, popId } = JSON.parse(body) as Record<'idempotencyKey' | 'popId', string>;
      return { ...known, acknowledged: new Map([...known.acknowledged, [idempotencyKey, popId]]) };
    },

    async check(files, known) {
      const dataDir = join(tempDir(), 'data');
      layOut(files, join(dataDir, '..'));
      const before = await logIn(dataDir, known);
      destination.beginAnew(known.sent);
      receiver.received.length = 0;
      const clock = { ...createSystemClock(), boot: 'after the power cut' };
      const app = await startTestApp({ dataDir, destination: destination.url, env, clock });
      const ask = async (key: string) => {
        const response = await app.post(triggerOf(key));
        const answer = (await response.json()) as { status: string; popId: string };
        expect([key, response.status, answer.status]).toEqual([key, 200, 'delivered']);
        const result = before.find((entry) => entry.type === 'result' && entry.idempotencyKey === key);
        expect([key, response.headers.get('idempotent-replayed')]).toEqual([key, result ? 'true' : null]);
        if (result) expect(answer.popId).toBe(known.acknowledged.get(key) ?? result.popId);
      };
      await Promise.all(KEYS.map(ask));
      // Whatever was sent before came again as it was, or not at all.
      expect(destination.wrongs).toEqual([]);
      const delivered = app
        .entries()
        .filter(({ type, status }) => type === 'result' && status === 'delivered');
      expect(delivered.map(({ idempotencyKey }) => idempotencyKey).sort()).toEqual(KEYS.toSorted());
      const untold = () => {
        const told = new Set([...known.told, ...receiver.received.map(({ id }) => id)]);
        return delivered.filter(({ popId }) => !told.has(`msg_${popId}`));
      };
      await expect.poll(untold, { interval: 5, timeout: 30_000 }).toEqual([]);
      await app.stop();
      expect(app.entries().map(({ type }) => type)).not.toContain('inconsistent');
      expect(verifyLog(auditDir(dataDir), await evidenceIn(dataDir)).verdict).toBe('whole');
    },
  };
}

/** The log that was left: with all of which others know, and not as if somebody had changed it. */
async function logIn(dataDir: string, { sent, acknowledged }: Known): Promise<AuditEntry[]> {
  const evidence = existsSync(join(dataDir, 'secrets.json')) ? await evidenceIn(dataDir) : undefined;
  if (!evidence) {
    expect([...sent.keys(), ...acknowledged.keys()]).toEqual([]);
    return [];
  }
  const verdict = verifyLog(auditDir(dataDir), evidence);
  expect(['whole', 'torn'], JSON.stringify(verdict)).toContain(verdict.verdict);
  // Behind a hole there are lines that the next start drops.
  const entries = [...readEntries(auditDir(dataDir), 1, verdict.entries)];
  const intents = entries.filter(({ type }) => type === 'intent');
  const keys = intents.map(({ destinationKey }) => destinationKey);
  expect(keys).toEqual(expect.arrayContaining([...sent.keys()]));
  const pops = intents.map(({ popId }) => popId);
  expect(pops).toEqual(expect.arrayContaining([...acknowledged.values()]));
  return entries;
}
