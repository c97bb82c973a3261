import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { readProgress } from '../../main/shipping/progress.ts';
import { createSyslog } from '../../main/shipping/syslog.ts';
import type { Settings } from '../../shared/settings.ts';
import { poptray } from '../cli/run.ts';
import { makeCertificates } from '../support/certificates.ts';
import { anyEntry } from '../support/entry-arbitrary.ts';
import { needsRsyslog, startRsyslog } from '../support/rsyslog.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startTestApp, type TestApp, TOKEN, USER } from '../support/test-app.ts';

const ORIGIN = { hostname: 'desk-7', instance: '0f5b', version: '0.1.0', enterpriseId: 64999 };

function shippingTo(port: number, more: object = {}): Partial<Settings> {
  return { shipping: [{ id: 'siem', kind: 'syslog', host: '127.0.0.1', port, tls: false, ...more }] };
}

async function fire(app: TestApp, count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) expect((await app.post({ userId: USER })).status).toBe(200);
}

function pem(name: string, bytes: Buffer): string {
  const path = join(tempDir(), name);
  writeFileSync(path, bytes, { mode: 0o600 });
  return path;
}

describe('a real rsyslog', () => {
  beforeEach(needsRsyslog);

  test('gets every entry, in order and once, as it stands in the log', async () => {
    const rsyslog = await startRsyslog();
    const app = await startTestApp({ settings: shippingTo(rsyslog.port) });
    await fire(app, 3);
    await rsyslog.got(app.entries().length);
    expect(rsyslog.entries()).toEqual(app.entries());
    const [opened, , result] = rsyslog.records();
    expect(opened).toMatchObject({ 'app-name': 'poptray', msgid: 'opened', syslogfacility: '13' });
    expect(result).toMatchObject({
      msgid: 'result',
      syslogseverity: '5',
      data: { meta: { sequenceId: '3' } },
    });
    expect(result?.timereported).toBe(app.entries()[2]?.timestamp);
  });

  test('reads with its own parser what we have written, whatever stands in it', async () => {
    const rsyslog = await startRsyslog();
    const entries = fc
      .sample(anyEntry, 300)
      .map((entry) => ({ ...entry, detail: entry.detail?.toWellFormed() ?? null }));
    const syslog = createSyslog({ host: '127.0.0.1', port: rsyslog.port }, ORIGIN);
    syslog.load(entries);
    await syslog.deliver(new AbortController().signal);
    await rsyslog.got(entries.length);
    expect(rsyslog.entries()).toEqual(entries.map((entry) => JSON.parse(JSON.stringify(entry))));
    const details = rsyslog.records().map(({ data }) => data['poptray@64999']?.detail ?? null);
    expect(details).toEqual(entries.map(({ detail }) => detail?.replace(/\p{Cc}/gu, ' ') || null));
  });

  test('may be away: what was written meanwhile comes later, and nothing twice', async () => {
    const rsyslog = await startRsyslog();
    const options = { settings: shippingTo(rsyslog.port), dataDir: join(tempDir(), 'data') };
    const app = await startTestApp(options);
    await fire(app, 2);
    await rsyslog.got(app.entries().length);
    await rsyslog.stop();
    await fire(app, 5);
    await app.stop();
    const again = await startTestApp(options);
    await fire(again, 5);
    await rsyslog.start();
    await rsyslog.got(again.entries().length);
    expect(rsyslog.entries()).toEqual(again.entries());
  });

  test('takes the log over TLS, from those alone who show a certificate if it asks for one', async () => {
    const { authority, good } = makeCertificates();
    const rsyslog = await startRsyslog({ certificate: good, authority, asksForCertificate: true });
    const tls = { tls: true, caFile: pem('ca.pem', authority.cert) };
    const app = await startTestApp({ settings: shippingTo(rsyslog.port, tls) });
    await fire(app, 1);
    const keyFile = pem('key.pem', good.key);
    const files = { certFile: pem('cert.pem', good.cert), keyFile };
    chmodSync(keyFile, 0o640);
    await app.runtimeConfig.save({
      ...app.runtimeConfig.current.settings,
      ...shippingTo(rsyslog.port, { ...tls, ...files }),
    });
    const failure = () => readProgress(app.dataDir)?.shippers.siem?.failure;
    await vi.waitFor(() => expect(failure()).toBe('not_private keyFile'), { timeout: 30_000 });
    expect(rsyslog.records()).toEqual([]);
    chmodSync(keyFile, 0o600);
    await fire(app, 2);
    await rsyslog.got(app.entries().length);
    expect(rsyslog.entries()).toEqual(app.entries());
  });

  test.each([
    ['wrong name', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['expired', 'CERT_HAS_EXPIRED'],
    ['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ] as const)('gets nothing while its certificate is one of these: %s', async (name, code) => {
    const { authority, [name]: certificate } = makeCertificates();
    const rsyslog = await startRsyslog({ certificate, authority });
    const syslog = createSyslog(
      { host: '127.0.0.1', port: rsyslog.port, tls: () => ({ ca: authority.cert }) },
      ORIGIN,
    );
    syslog.load(fc.sample(anyEntry, 1));
    await expect(syslog.deliver(new AbortController().signal)).rejects.toMatchObject({ code });
    expect(rsyslog.records()).toEqual([]);
  });

  test('that is refused is shown by doctor, the dashboard and the metrics, with what waits for it', async () => {
    const { authority, expired } = makeCertificates();
    const rsyslog = await startRsyslog({ certificate: expired, authority });
    const settings = shippingTo(rsyslog.port, { tls: true });
    const app = await startTestApp({ settings });
    await fire(app, 1);
    const failure = () => readProgress(app.dataDir)?.shippers.siem?.failure;
    await vi.waitFor(() => expect(failure()).toBe('CERT_HAS_EXPIRED'), { timeout: 30_000 });
    const headers = { authorization: `Bearer ${TOKEN}` };
    const metrics = await (await fetch(`${app.url}/metrics`, { headers })).text();
    expect(metrics).toContain('poptray_shipping_waiting{shipper="siem"} 3');
    expect(await app.dashboard.call('status', {})).toMatchObject({
      value: {
        shipping: [{ shipper: 'siem', entries: 3, failure: 'CERT_HAS_EXPIRED' }],
        troubles: [{ part: 'receiver', name: 'siem', code: 'certificate_expired', waiting: 3 }],
      },
    });
    const { code, stdout } = await poptray(['doctor'], { dataDir: app.dataDir });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^FAULT {2}shipping: siem: 3 entries wait\nreceiver siem: in trouble since \S+Z: The certificate of 127\.0\.0\.1:\d+ .* ended on/m,
    );
  });

  test('is not trusted for a certificate of an authority that the system trusts, if the settings name another', async () => {
    const { good, 'self-signed': other } = makeCertificates();
    const rsyslog = await startRsyslog({ certificate: good });
    const receiver = { host: '127.0.0.1', port: rsyslog.port };
    const signal = new AbortController().signal;
    const [trusting, strict] = [{}, { ca: other.cert }].map((tls) =>
      createSyslog({ ...receiver, tls: () => tls }, ORIGIN),
    );
    trusting?.load(fc.sample(anyEntry, 1));
    await trusting?.deliver(signal);
    strict?.load(fc.sample(anyEntry, 1));
    await expect(strict?.deliver(signal)).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    await rsyslog.got(1);
  });
}, 90_000);
