import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { checkpointPath } from '../../main/audit/checkpoints/checkpoint-file.ts';
import { type EvidenceStore, gatherEvidence } from '../../main/audit/checkpoints/evidence.ts';
import { auditDir, listSegments } from '../../main/audit/format/segments.ts';
import { readEntries } from '../../main/audit/read/entries.ts';
import { planReset } from '../../main/audit/reset/reset.ts';
import { sealedKeys } from '../../main/audit/reset/sealed-log.ts';
import { verifyInSteps } from '../../main/audit/verify/verify-in-steps.ts';
import { createSystemClock } from '../../main/platform/clock.ts';
import { poptray, startHeadless } from '../cli/run.ts';
import { createMemorySecrets } from '../support/audit-log.ts';
import { WEBHOOK_SECRET } from '../support/environment.ts';
import { startReceiver, status } from '../support/receiver.ts';
import { startStubDestination } from '../support/stub-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startTestApp, type TestApp, TOKEN, USER } from '../support/test-app.ts';

/** However busy the machine is. */
const WAIT = { timeout: 20_000, interval: 10 };

const TRIGGER = { userId: USER, idempotencyKey: 'once', interactionId: 'call-1', phase: 'ringing' };

/** A closed log with a delivered pop in it. */
async function setUp() {
  const destination = await startStubDestination();
  const app = await startTestApp({ destination: destination.url });
  const reply = await (await app.post(TRIGGER)).text();
  await app.stop();
  const { dataDir } = app;
  return { dataDir, destination, reply };
}

function tamper(dataDir: string): void {
  const [segment] = listSegments(auditDir(dataDir));
  const path = join(auditDir(dataDir), `${segment}`);
  writeFileSync(
    path,
    readFileSync(path, 'latin1').replace('"status":"delivered"', '"status":"deliverex"'),
    'latin1',
  );
}

const sealedIn = (dataDir: string) =>
  readdirSync(dataDir).filter((name) => {
    const audit = join(dataDir, name, 'audit');
    // A reset that was killed early has left one without a log.
    return /^audit-\d{4}-/.test(name) && existsSync(audit) && readdirSync(audit).length > 0;
  });

async function verdictOf(dataDir: string, ...args: string[]): Promise<string> {
  const { stdout } = await poptray(['audit', 'verify', '--json', ...args], { dataDir });
  return JSON.parse(stdout).verdict;
}

async function judge(folder: string, store: EvidenceStore): Promise<string> {
  const gather = () => gatherEvidence(store, checkpointPath(folder));
  return (await verifyInSteps(auditDir(folder), gather)).verdict.verdict;
}

describe('poptray reset', () => {
  test('seals a tampered log aside with its verdict and keys, and begins a whole one that names it', async () => {
    const { dataDir } = await setUp();
    tamper(dataDir);
    const bytes = readFileSync(join(auditDir(dataDir), `${listSegments(auditDir(dataDir))[0]}`));
    const before = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8')).secrets;
    const outcome = await poptray(['reset', '--yes'], { dataDir });
    expect([outcome.code, outcome.stderr]).toEqual([0, expect.stringContaining('tampered')]);

    const [sealed, ...others] = sealedIn(dataDir) as [string];
    expect(others).toEqual([]);
    const folder = join(dataDir, sealed);
    expect(readFileSync(join(folder, 'audit', `${listSegments(join(folder, 'audit'))[0]}`))).toEqual(bytes);
    expect(statSync(folder).mode & 0o077).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, 'verdict.json'), 'utf8'))).toMatchObject({
      verdict: 'tampered',
      by: expect.stringMatching(/^user /),
      checkpoint: expect.stringContaining(before['audit-checkpoint'].trim()),
    });
    const now = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8')).secrets;
    for (const name of ['audit-key', 'audit-root', 'audit-signing-key'])
      expect(now[name]).not.toBe(before[name]);
    expect(JSON.parse(now[`sealed-log:${sealed}`])).toEqual({
      'audit-key': before['audit-key'],
      'audit-root': before['audit-root'],
      'audit-signing-key': before['audit-signing-key'],
      'audit-checkpoint': before['audit-checkpoint'],
    });
    expect(await verdictOf(dataDir)).toBe('whole');
    expect(await verdictOf(dataDir, '--sealed', sealed)).toBe('tampered');
    expect([...readEntries(auditDir(dataDir))].slice(0, 2)).toMatchObject([
      { seq: 1, type: 'opened' },
      {
        type: 'changed',
        client: 'poptray-command',
        change: { subject: 'reset', action: 'made', name: sealed, by: expect.stringMatching(/^user /) },
        detail: expect.stringMatching(/^tampered: entry \d+: .+\npoptray\/[0-9a-f]{16}\n/),
      },
    ]);
    expect((await poptray(['doctor'], { dataDir })).stdout).toMatch(/audit log.+whole/);
  });

  test('carries keys and open calls over: nothing pops twice', async () => {
    const { dataDir, destination, reply } = await setUp();
    const [was] = [...readEntries(auditDir(dataDir))].filter(({ type }) => type === 'result');
    tamper(dataDir);
    rmSync(join(dataDir, 'audit'), { recursive: true });
    expect((await poptray(['reset', '--yes'], { dataDir })).code).toBe(0);
    // Nothing was left to carry over.
    expect([...readEntries(auditDir(dataDir))].map(({ type }) => type)).toEqual(['opened', 'changed']);

    const second = await setUp();
    expect((await poptray(['reset', '--yes'], { dataDir: second.dataDir })).code).toBe(0);
    const carried = [...readEntries(auditDir(second.dataDir))].find(({ type }) => type === 'result');
    expect(carried).toMatchObject({
      status: 'delivered',
      detail: expect.stringMatching(/^carried over: entry 3 of audit-/),
    });
    expect(carried?.timestamp).not.toBe(was?.timestamp);
    const app = await startTestApp({ destination: second.destination.url, dataDir: second.dataDir });
    const again = await app.post(TRIGGER);
    expect(await again.text()).toBe(second.reply);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    // The same call, answered: its pop has been shown.
    const answered = await app.post({ ...TRIGGER, idempotencyKey: 'other', phase: 'answered' });
    expect(await answered.json()).toMatchObject({ status: 'suppressed' });
    expect([reply.length > 0, destination !== second.destination]).toEqual([true, true]);
  });

  test('keeps the webhook messages that wait, and tells nobody twice', async () => {
    const receiver = await startReceiver();
    receiver.next(status(204));
    receiver.answer = status(500);
    const env = { PRODUCTIVITY_WEBHOOK_URL: receiver.url, PRODUCTIVITY_WEBHOOK_SECRET: WEBHOOK_SECRET };
    const app = await startTestApp({ env });
    const fire = async (key: string) =>
      expect((await app.post({ userId: USER, idempotencyKey: key })).status).toBe(200);
    await fire('told');
    await receiver.got(1);
    await fire('waits');
    const [told, waits] = (await receiver.got(2)) as [string, string];
    await app.stop();
    const { dataDir } = app;
    expect((await poptray(['reset', '--yes'], { dataDir })).code).toBe(0);
    const from = receiver.received.length;
    receiver.answer = status(204);
    const next = await startTestApp({ env, dataDir });
    await receiver.got(from + 1);
    expect(receiver.received.slice(from).map(({ id }) => id)).toEqual([waits]);
    expect(told).not.toBe(waits);
    await next.stop();
  });

  test('keeps dead letters, and a webhook that is stopped, until a person sends one again', async () => {
    const [gone, other] = await Promise.all([startReceiver(), startReceiver()]);
    gone.answer = status(410);
    const webhooks = [
      { id: 'gone', url: gone.url },
      { id: 'other', url: other.url },
    ];
    const dataDir = join(tempDir(), 'data');
    const secrets = createMemorySecrets({
      'webhook-secret:gone': WEBHOOK_SECRET,
      'webhook-secret:other': WEBHOOK_SECRET,
    });
    const start = () => startTestApp({ dataDir, secrets, settings: { webhooks } as never });
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const lettersOf = async ({ url }: TestApp) =>
      (await (await fetch(`${url}/webhooks/dead-letters`, { headers })).json()) as {
        id: string;
        webhook: string;
      }[];
    const deadIn = (app: TestApp, count: number) =>
      vi.waitFor(async () => {
        const letters = await lettersOf(app);
        expect(letters).toHaveLength(count);
        return letters;
      }, WAIT);
    const toldOf = (app: TestApp) => app.entries().findLast(({ type }) => type === 'result')?.webhooks;

    const first = await start();
    await first.post({ userId: USER, idempotencyKey: 'one' });
    await Promise.all([gone.got(1), other.got(1)]);
    const before = await deadIn(first, 1);
    await first.stop();

    const actor = { client: 'test', by: null };
    const clock = createSystemClock();
    const planned = await planReset({ dataDir, secrets, clock, actor, confirm: async () => true });
    expect(planned?.verdict.verdict).toBe('whole');
    const second = await start();
    expect(await deadIn(second, 1)).toEqual(before);
    // It stays stopped: no pop names it.
    await second.post({ userId: USER, idempotencyKey: 'two' });
    await other.got(2);
    expect([toldOf(second), gone.received.length]).toEqual([['other'], 1]);

    gone.answer = status(204);
    const [letter] = before as [(typeof before)[number]];
    const again = { method: 'POST', headers, body: JSON.stringify({ id: letter.id, webhook: 'gone' }) };
    expect((await fetch(`${second.url}/webhooks/dead-letters/resend`, again)).status).toBeLessThan(300);
    expect(await gone.got(2)).toEqual([expect.anything(), letter.id]);
    await deadIn(second, 0);
    await second.post({ userId: USER, idempotencyKey: 'three' });
    await gone.got(3);
    await second.stop();
    expect(await judge(dataDir, secrets)).toBe('whole');
  });

  test('closes the case of a deleted folder and of an older log under newer keys', async () => {
    const { dataDir, destination } = await setUp();
    const old = join(tempDir(), 'old');
    cpSync(join(dataDir, 'audit'), old, { recursive: true });
    const app = await startTestApp({ destination: destination.url, dataDir });
    await app.post({ userId: USER, idempotencyKey: 'later' });
    await app.stop();
    rmSync(join(dataDir, 'audit'), { recursive: true });
    cpSync(old, join(dataDir, 'audit'), { recursive: true });
    expect(await verdictOf(dataDir)).toBe('tampered');
    expect((await poptray(['reset', '--yes'], { dataDir })).code).toBe(0);
    expect(await verdictOf(dataDir)).toBe('whole');
    rmSync(join(dataDir, 'audit'), { recursive: true });
    expect(await verdictOf(dataDir)).toBe('tampered');
    expect((await poptray(['reset', '--yes'], { dataDir })).code).toBe(0);
    expect(await verdictOf(dataDir)).toBe('whole');
  });

  test('begins anew where the keys are gone, which a start tells the way out of', async () => {
    const { dataDir } = await setUp();
    rmSync(join(dataDir, 'secrets.json'));
    await expect(startTestApp({ dataDir })).rejects.toThrow('run "poptray reset"');
    expect((await poptray(['reset', '--yes'], { dataDir })).code).toBe(0);
    expect(await verdictOf(dataDir)).toBe('whole');
    expect(sealedIn(dataDir)).toEqual([expect.stringMatching(/-unknown$/)]);
  });

  test('wants --yes where it cannot ask, a stopped poptray, and a log', async () => {
    const { dataDir } = await setUp();
    const unasked = await poptray(['reset'], { dataDir });
    expect([unasked.code, unasked.stderr]).toEqual([64, expect.stringContaining('--yes')]);
    const headless = await startHeadless({ dataDir });
    const early = await headless.poptray('reset', '--yes');
    expect([early.code, early.stderr]).toEqual([69, expect.stringContaining('already running')]);
    expect(sealedIn(dataDir)).toEqual([]);
    expect((await poptray(['reset', '--yes'], { dataDir: tempDir() })).code).toBe(1);
    const wrong = await poptray(['audit', 'verify', '--sealed', '../../etc'], { dataDir });
    expect(wrong.code).toBe(64);
  });

  test('kill -9 before any change of a file: the next reset or start ends it, and nothing is lost', {
    timeout: 240_000,
  }, async () => {
    const { dataDir: made, destination, reply } = await setUp();
    tamper(made);
    const hook = pathToFileURL(join(import.meta.dirname, '../support/die-at-change.ts')).href;
    const kept = readFileSync(join(auditDir(made), `${listSegments(auditDir(made))[0]}`));
    let kills = 0;
    for (let at = 1; ; at += 1) {
      const dataDir = join(tempDir(), 'data');
      cpSync(made, dataDir, { recursive: true });
      chmodSync(dataDir, 0o700);
      const env = { NODE_OPTIONS: `--import=${hook}`, DIE_AT_CHANGE: `${at}`, NODE_COMPILE_CACHE: '' };
      const { code, stderr } = await poptray(['reset', '--yes'], { dataDir, env });
      if (code === 0) break;
      expect([code, stderr]).toEqual(['SIGKILL', expect.anything()]);
      kills += 1;
      const wasPlanned = existsSync(join(dataDir, 'audit-reset.json'));
      const isDone = !wasPlanned && sealedIn(dataDir).length > 0;
      if (wasPlanned && at % 2 === 0) {
        const app = await startTestApp({ destination: destination.url, dataDir });
        // What was tampered with is not carried over, as it is no entry.
        expect((await app.post({ ...TRIGGER, idempotencyKey: 'next' })).status).toBe(200);
        await app.stop();
      } else if (!isDone) expect((await poptray(['reset', '--yes'], { dataDir })).code).toBe(0);
      expect([at, sealedIn(dataDir).length]).toEqual([at, 1]);
      const [sealed] = sealedIn(dataDir) as [string];
      const audit = join(dataDir, sealed, 'audit');
      expect(readFileSync(join(audit, `${listSegments(audit)[0]}`))).toEqual(kept);
      const { secrets } = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8'));
      const old = await sealedKeys(createMemorySecrets(secrets), sealed);
      expect([at, await judge(join(dataDir, sealed), old)]).toEqual([at, 'tampered']);
      expect([at, await judge(dataDir, createMemorySecrets(secrets))]).toEqual([at, 'whole']);
      const entries = [...readEntries(auditDir(dataDir))];
      expect(entries.filter(({ change }) => change?.subject === 'reset')).toHaveLength(1);
      const carried = entries
        .map(({ detail }) => detail)
        .filter((detail) => detail?.startsWith('carried over'));
      expect(carried.length).toBeGreaterThan(0);
      expect(new Set(carried).size).toBe(carried.length);
      expect(existsSync(join(dataDir, 'audit-reset.json'))).toBe(false);
    }
    expect([kills > 10, reply.length > 0]).toEqual([true, true]);
  });
});
