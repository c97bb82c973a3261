import type { ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { startFramingMonitor } from '../../main/compatibility/start-framing-monitor.ts';
import { createObservable } from '../../main/platform/observable.ts';
import { settingsSchema } from '../../shared/settings.ts';
import type { ReportTrouble } from '../../shared/trouble.ts';
import { makeCertificates } from '../support/certificates.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { serve } from '../support/servers.ts';
import { createHappenings } from '../support/until.ts';

test('a page is in trouble where a look has failed, not where the look for another embedder goes on', async () => {
  const { tell, until } = createHappenings();
  const held: ServerResponse[] = [];
  const origin = await serve((_request, response) => {
    held.push(response);
    tell();
  }, makeCertificates().good);
  const genesys = (id: string, region: string) => ({ id, kind: 'genesys-screenpops', region });
  const settings = settingsSchema.parse({
    destinations: [genesys('irish', 'mypurecloud.ie'), genesys('german', 'mypurecloud.de')],
    applications: [{ id: 'crm', baseUri: `${origin}/agent`, allowedOrigins: [origin] }],
  });
  const told: Parameters<ReportTrouble>[] = [];
  const log = () => tell();
  const monitor = startFramingMonitor({
    settings: createObservable(settings, (error) => {
      throw error;
    }),
    clock: createFakeClock(),
    proxies: { env: {} },
    troubles: { report: (...trouble) => told.push(trouble), keepOnly() {} },
    logger: { debug: log, info: log, warn: log, error: log, setLevel() {} },
  });
  onTestFinished(() => monitor.stop());

  await until(
    () => held.length === 2,
    () => `${held.length} looks`,
  );
  const said = (times: number) =>
    until(
      () => told.length === times,
      () => JSON.stringify(told),
    );
  held[0]?.writeHead(200).end();
  await said(1);
  held[1]?.writeHead(503).end();
  await said(2);
  expect(told).toEqual([
    ['page', 'crm', null],
    ['page', 'crm', { code: 'unreachable', why: expect.stringContaining('503') }],
  ]);
});
