import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openSession } from '../support/dashboard-session.ts';
import { deliveringTo } from '../support/environment.ts';
import { run, startHeadless } from '../support/headless.ts';
import { startStubDestination } from '../support/stub-destination.ts';
import { TOKEN, USER } from '../support/test-app.ts';
import { fillDisk, mountTmpfs, NO_TMPFS } from '../support/tmpfs.ts';

vi.setConfig({ testTimeout: 60_000 });

test('F19 on a full disk nothing is delivered, no entry is left half, and it goes on when there is space', async ({
  skip,
}) => {
  if (NO_TMPFS !== undefined) skip(NO_TMPFS);
  const folder = mountTmpfs(8 * 1024);
  const dataDir = join(folder, 'data');
  const destination = await startStubDestination();
  const env = deliveringTo(destination.url);
  const app = await startHeadless({ dataDir, env });
  const fire = async (key: string) => {
    const response = await app.post({ userId: USER, idempotencyKey: key });
    return [response.status, ((await response.json()) as { code?: string }).code];
  };
  expect(await fire('before')).toEqual([200, undefined]);

  const ballast = join(folder, 'ballast');
  fillDisk(ballast);
  // A page of the log may still have room for an entry or two.
  const answers: unknown[][] = [];
  for (let index = 0; index < 40; index += 1) answers.push(await fire(`full-${index}`));
  const delivered = answers.filter(([status]) => status === 200).length;
  expect(answers.slice(delivered)).toEqual(Array(40 - delivered).fill([503, 'audit_unavailable']));
  expect(delivered).toBeLessThan(20);
  // What failed in the middle of a pop had been sent; of the others nothing was.
  expect(destination.pops.length).toBeLessThanOrEqual(delivered + 2);

  const ready = await fetch(`${app.url}/readyz`);
  expect(await ready.json()).toEqual({ status: 'not_ready', codes: ['audit_unavailable'] });

  rmSync(ballast);
  expect(await fire('after')).toEqual([200, undefined]);
  app.kill('SIGTERM');
  expect(await app.ended, app.output()).toBe(0);
  const verify = run('cli.ts', ['audit', 'verify'], { dataDir });
  expect([await verify.ended, verify.output()]).toEqual([0, expect.stringMatching(/^whole: /)]);
  expect(readFileSync(join(dataDir, 'logs', 'poptray.log'), 'utf8')).not.toMatch(/ at .+:\d+/);
});

test('F19 an almost full disk is told of in status, metric, program log and by the doctor, while pops go on', async ({
  skip,
}) => {
  if (NO_TMPFS !== undefined) skip(NO_TMPFS);
  const dataDir = join(mountTmpfs(90 * 1024), 'data');
  const app = await startHeadless({ dataDir });
  expect((await app.post({ userId: USER })).status).toBe(200);
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  const link = await fetch(`${app.url}/ui/links`, { method: 'POST', headers, body: '{}' });
  const { path } = (await link.json()) as { path: string };
  const { call } = await openSession({ url: app.url, newLink: () => path });
  expect(await call('status', {})).toMatchObject({
    auditFault: null,
    spaceWarning: expect.stringMatching(/^8\d MiB are left/),
  });
  const metrics = await (await fetch(`${app.url}/metrics`, { headers })).text();
  const free = Number(/^poptray_data_folder_free_bytes (\d+)$/m.exec(metrics)?.[1]);
  expect(free).toBeGreaterThan(60 * 1024 * 1024);
  expect(free).toBeLessThan(90 * 1024 * 1024);
  const log = readFileSync(join(dataDir, 'logs', 'poptray.log'), 'utf8');
  expect(log).toMatch(/\[warn\] +the disk of the data folder is almost full freeMiB=8\d$/m);
  const doctor = run('cli.ts', ['doctor'], { dataDir });
  expect(await doctor.ended).toBe(1);
  expect(doctor.output()).toMatch(/^FAULT {2}disk: 8\d MiB are left on the disk of the data folder/m);
});
