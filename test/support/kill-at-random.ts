/** The real headless program, killed at random moments under load. */
import { createHash, randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import { auditDir } from '../../main/audit/format/segments.ts';
import { readEntries } from '../../main/audit/read/entries.ts';
import { evidenceIn } from './audit-log.ts';
import { deliveringTo } from './environment.ts';
import { type Headless, run, startHeadless } from './headless.ts';
import { expectSealedLogs, isResetPlanned, startRemoval, startReset, writeOldDays } from './housekeeping.ts';
import { startIdempotentDestination } from './idempotent-destination.ts';
import { startReceiver } from './receiver.ts';
import { tempDir } from './temp-dir.ts';
import { USER } from './test-app.ts';
import { verifyLog } from './verify-log.ts';

const CLIENTS = 6;
const SEED = Number(process.env.KILL_SEED ?? randomInt(2 ** 31));

/** Numbers in [0, 1) that the seed alone decides. */
function createRandom(seed: number) {
  let turn = 0;
  return () => {
    turn += 1;
    return createHash('sha256').update(`${seed} ${turn}`).digest().readUInt32BE() / 2 ** 32;
  };
}

const triggerOf = (key: string) => ({ userId: USER, idempotencyKey: key, customerData: { case: key } });

/** Kills poptray so many times under load, and retention and resets among it, and sees that nothing is lost or shown twice. KILL_SEED repeats a run. */
export async function killAtRandom(kills: number): Promise<void> {
  try {
    await killAndCheck(kills);
  } catch (error) {
    throw new Error(`with KILL_SEED=${SEED}: ${(error as Error).message}`, { cause: error });
  }
}

async function killAndCheck(kills: number) {
  const random = createRandom(SEED);
  const destination = await startIdempotentDestination(() => random() * 4);
  const receiver = await startReceiver();
  const dataDir = join(tempDir(), 'data');
  const env = deliveringTo(destination.url, receiver.url);
  /** The answers that callers got, and the keys that they got none for. */
  const acknowledged = new Map<string, string>();
  let interrupted: string[] = [];
  let [made, checkedUpTo] = [0, 0];
  await writeOldDays(dataDir);

  for (let killed = 0; killed < kills; killed += 1) {
    // Retention in the first half, for a reset takes the old days away.
    const isFirstHalf = killed < kills / 2;
    if (isFirstHalf && killed % 10 === 4) {
      const removal = startRemoval(dataDir, 29 - killed / 10);
      await wait(random() * 1500);
      removal.kill();
      await removal.ended;
    } else if (!isFirstHalf && killed % 10 === 8) {
      const reset = startReset({ dataDir, env });
      await wait(random() * 3000);
      reset.kill('SIGKILL');
      await reset.ended;
    } else if (random() < 0.2) {
      // One start in five is itself cut short, at any point of it.
      const starting = run('headless.ts', ['--port', '0'], { dataDir, env });
      await wait(random() * 700);
      starting.kill('SIGKILL');
      await starting.ended;
    } else {
      const app = await startHeadless({ dataDir, env });
      await replay(app, [...acknowledged.keys()].slice(-40));
      await Promise.all(interrupted.map((key) => send(app, key)));
      expect(interrupted.filter((key) => !acknowledged.has(key))).toEqual([]);
      interrupted = [];
      const clients = Array.from({ length: CLIENTS }, () => load(app));
      await wait(20 + random() * 200);
      app.kill('SIGKILL');
      await Promise.all([app.ended, ...clients]);
    }
    if (isResetPlanned(dataDir)) continue;
    await checkLog(['whole', 'torn']);
    if (killed === Math.floor(kills / 2) - 1) {
      // What of it was cut short is ended by the next.
      expect(await startRemoval(dataDir, 15).ended).toBeGreaterThan(0);
      await checkLog(['whole']);
    }
  }

  const app = await startHeadless({ dataDir, env });
  await replay(app, [...acknowledged.keys()]);
  await Promise.all(interrupted.map((key) => send(app, key)));
  await checkLog(['whole']);
  await toldOfAll();
  app.kill('SIGTERM');
  expect(await app.ended, app.output()).toBe(0);
  const verify = run('cli.ts', ['audit', 'verify'], { dataDir });
  expect([await verify.ended, verify.output()]).toEqual([0, expect.stringMatching(/^whole: /)]);
  await expectSealedLogs({ dataDir, env });

  expect(destination.wrongs).toEqual([]);
  expect(acknowledged.size).toBeGreaterThan(kills * 3);
  expect([...destination.keys.keys()].filter((key) => !acknowledged.has(key))).toEqual([]);

  /** Fires triggers with keys of its own until the app is gone. */
  async function load(app: Headless) {
    for (;;) {
      const key = `key-${SEED}-${made}`;
      made += 1;
      try {
        await send(app, key);
      } catch {
        interrupted.push(key);
        return;
      }
    }
  }

  async function send(app: Headless, key: string) {
    const response = await app.post(triggerOf(key));
    const body = await response.text();
    expect([response.status, JSON.parse(body).status]).toEqual([200, 'delivered']);
    acknowledged.set(key, body);
  }

  /** The same keys bring the same bytes. */
  async function replay(app: Headless, keys: string[]) {
    for (let from = 0; from < keys.length; from += 50) {
      await Promise.all(
        keys.slice(from, from + 50).map(async (key) => {
          const response = await app.post(triggerOf(key));
          expect(response.headers.get('idempotent-replayed'), key).toBe('true');
          expect(await response.text()).toBe(acknowledged.get(key));
        }),
      );
    }
  }

  /** Webhooks survive as well: each pop that the log has as delivered is told of. */
  async function toldOfAll() {
    const missing = new Set<string>();
    for (const { popId, status, type } of readEntries(auditDir(dataDir))) {
      if (type === 'result' && status === 'delivered') missing.add(`msg_${popId}`);
    }
    for (let seen = 0; ; ) {
      for (const { id } of receiver.received.slice(seen)) missing.delete(id);
      if (missing.size === 0) return;
      seen = receiver.received.length;
      await receiver.got(seen + 1).catch((error: Error) => {
        throw new Error(`${error.message}; missing: ${[...missing].slice(0, 5).join(', ')}`, {
          cause: error,
        });
      });
    }
  }

  async function hasKeys() {
    return existsSync(join(dataDir, 'secrets.json')) && (await evidenceIn(dataDir)) !== undefined;
  }

  /** The log is whole, or torn where it was cut; and it has all that was acknowledged since the last look. */
  async function checkLog(verdicts: string[]) {
    // The first start may be cut short before there is a key.
    if (acknowledged.size === 0 && !(await hasKeys())) return;
    const verdict = verifyLog(auditDir(dataDir), await evidenceIn(dataDir));
    expect(verdicts, JSON.stringify(verdict)).toContain(verdict.verdict);
    const delivered = new Map<string | null, string | null>();
    for (const entry of readEntries(auditDir(dataDir))) {
      if (entry.type === 'result' && entry.status === 'delivered') {
        expect(delivered.has(entry.idempotencyKey), `${entry.idempotencyKey} was delivered twice`).toBe(
          false,
        );
        delivered.set(entry.idempotencyKey, entry.popId);
      }
    }
    const fresh = [...acknowledged].slice(checkedUpTo);
    for (const [key, body] of fresh) expect(JSON.parse(body).popId, key).toBe(delivered.get(key));
    checkedUpTo = acknowledged.size;
  }
}
