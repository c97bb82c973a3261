/** Issue 10, point 5, over the real app and command: "tampered" stands until it is closed. */
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { closeTampered, openStanding, readStanding } from '../../main/audit/verify/standing.ts';
import { createSystemClock } from '../../main/platform/clock.ts';
import { poptray } from '../cli/run.ts';
import { openSession } from '../support/dashboard-session.ts';
import { startTestApp, type TestApp, TOKEN, USER } from '../support/test-app.ts';

/** Changes a letter in the first line of the log, in place, because poptray may be writing; gives what puts it back. */
function tamper({ dataDir }: Pick<TestApp, 'dataDir'>): () => void {
  const folder = join(dataDir, 'audit');
  const segment = join(folder, readdirSync(folder).find((name) => name.endsWith('.ndjson')) as string);
  const at = readFileSync(segment).indexOf('"opened"') + 1;
  const put = (letter: string) => {
    const fd = openSync(segment, 'r+');
    writeSync(fd, letter, at);
    closeSync(fd);
  };
  put('O');
  return () => put('o');
}

/** With tokens of its own, as where a poptray lives and not only a copy of its log. */
async function startAtHome(): Promise<TestApp> {
  const app = await startTestApp();
  await poptray(['token', 'create', 'phone'], { dataDir: app.dataDir });
  return app;
}

async function figuresOf(app: TestApp): Promise<string> {
  return (await fetch(`${app.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })).text();
}

test('what the command finds stands in the running poptray, after a restart, and after the log was put back; until it is closed', async () => {
  const app = await startAtHome();
  await app.post({ userId: USER });
  const command = (...args: string[]) => poptray(args, { dataDir: app.dataDir });
  expect(await figuresOf(app)).toMatch(/^poptray_audit_tampered 0$/m);
  const putBack = tamper(app);
  expect((await command('audit', 'verify')).code).toBe(1);
  const session = await openSession(app);
  const tampered = { at: expect.any(String), seq: 1, reason: expect.any(String) };
  await vi.waitFor(
    async () => expect((await session.call('status', {})).audit).toMatchObject({ tampered }),
    10_000,
  );
  expect(await figuresOf(app)).toMatch(/^poptray_audit_tampered 1$/m);
  putBack();
  expect(await session.call('auditVerify', {})).toMatchObject({ verdict: 'whole' });
  expect((await command('audit', 'verify')).code).toBe(0);
  await app.stop();

  const again = await startTestApp({ dataDir: app.dataDir });
  const later = await openSession(again);
  expect((await later.call('status', {})).audit).toMatchObject({ tampered, checked: { verdict: 'whole' } });
  const figures = await figuresOf(again);
  expect(figures).toMatch(/^poptray_audit_tampered 1$/m);
  expect(figures).toMatch(/^poptray_audit_verdict\{verdict="whole"\} 1$/m);
  expect(figures).toMatch(/^poptray_audit_checked_timestamp_seconds \d{10}/m);
  const doctor = await command('doctor');
  expect([doctor.code, doctor.stdout]).toEqual([
    1,
    expect.stringMatching(
      /^FAULT {2}audit log: whole now, but found tampered with at entry 1 at \S+Z: .*poptray reset/m,
    ),
  ]);
  await again.stop();
  expect(closeTampered(openStanding(app.dataDir))).toMatchObject(tampered);
  expect((await command('doctor')).stdout).toMatch(/^ok {5}audit log: \d+ entries, whole$/m);
});

test('the dashboard and the doctor put it down as well; poptray status says it', async () => {
  const app = await startAtHome();
  await app.post({ userId: USER });
  const session = await openSession(app);
  const putBack = tamper(app);
  expect(await session.call('auditVerify', {})).toMatchObject({ verdict: 'tampered' });
  expect(readStanding(app.dataDir).tampered).toMatchObject({ seq: 1 });
  const options = { dataDir: app.dataDir, env: { POPTRAY_TOKEN: TOKEN } };
  const port = new URL(app.url).port;
  expect((await poptray(['status', '--port', port], options)).stdout).toMatch(
    /^AUDIT LOG TAMPERED WITH at entry 1: .*; found \S+Z, stands until "poptray reset" closes it$/m,
  );
  await app.stop();
  closeTampered(openStanding(app.dataDir));
  await poptray(['doctor'], { dataDir: app.dataDir });
  expect(readStanding(app.dataDir).tampered).toMatchObject({ seq: 1 });
  putBack();
});

test('what the key of another log says does not stand here', async () => {
  const [app, other] = [await startAtHome(), await startAtHome()];
  await app.post({ userId: USER });
  await app.stop();
  await other.stop();
  const file = join(other.dataDir, 'root.txt');
  expect((await poptray(['audit', 'root', file], { dataDir: other.dataDir })).code).toBe(0);
  await poptray(['audit', 'verify', '--root', file], { dataDir: app.dataDir });
  expect(readStanding(app.dataDir)).toMatchObject({ tampered: null, checked: null });
});

test('F20 the check behind finds it by itself, and says so in the log', async () => {
  const first = await startAtHome();
  await first.post({ userId: USER });
  await first.stop();
  const putBack = tamper(first);
  const system = createSystemClock();
  // What waits a minute or more falls due at once.
  const clock = {
    ...system,
    after: (ms: number, callback: () => void) => system.after(ms === 60_000 ? 50 : ms, callback),
  };
  const app = await startTestApp({ dataDir: first.dataDir, clock });
  await vi.waitFor(() => expect(readStanding(app.dataDir).tampered).toMatchObject({ seq: 1 }), 20_000);
  putBack();
  await vi.waitFor(
    () =>
      expect(app.entries()).toContainEqual(
        expect.objectContaining({
          type: 'changed',
          client: 'daily-check',
          change: expect.objectContaining({ subject: 'verification', name: 'tampered' }),
        }),
      ),
    20_000,
  );
});
