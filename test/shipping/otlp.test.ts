import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createMetrics } from '../../main/observability/metrics.ts';
import { createOtlpMetrics } from '../../main/shipping/otlp-metrics.ts';
import { readProgress } from '../../main/shipping/progress.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { newEntry } from '../../shared/new-entry.ts';
import { makeCertificates } from '../support/certificates.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startTestApp, type TestApp, USER } from '../support/test-app.ts';

const ORIGIN = { hostname: 'desk-7', instance: '0f5b', version: '0.1.0' };
const WAIT = { timeout: 30_000, interval: 20 };
const signal = new AbortController().signal;

function shippingTo(url: string, more: object = {}) {
  return { shipping: [{ id: 'collector', kind: 'otlp' as const, url, signals: ['logs' as const], ...more }] };
}

async function fire(app: TestApp, count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) expect((await app.post({ userId: USER })).status).toBe(200);
}

const failureOf = (app: TestApp) => readProgress(app.dataDir)?.shippers['collector/logs']?.failure;
const saying = (entry: AuditEntry) =>
  Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null));

describe('logs by OTLP', () => {
  test('arrive as they stand in the log, with an id that tells what comes twice', async () => {
    const receiver = await startOtlpReceiver();
    const app = await startTestApp({ settings: shippingTo(`${receiver.url}/otlp/`) });
    await fire(app, 2);
    const entries = app.entries();
    await receiver.got(entries.length);
    const records = receiver.records();
    expect(records.map(({ body }) => body)).toEqual(entries.map(saying));
    expect(records.map(({ eventName }) => eventName)).toEqual(entries.map(({ type }) => `poptray.${type}`));
    expect(records.map(({ severityNumber }) => severityNumber)).toEqual([9, 9, 10, 9, 10]);
    expect(records.map(({ timeUnixNano }) => timeUnixNano)).toEqual(
      entries.map(({ timestamp }) => `${Date.parse(timestamp)}000000`),
    );
    const uids = records.map(({ attributes }) => attributes['log.record.uid']);
    expect(new Set(uids).size).toBe(entries.length);
    const [resource] = receiver.resources();
    const instance = readProgress(app.dataDir)?.instance;
    expect(resource).toMatchObject({ 'service.name': 'poptray', 'service.instance.id': instance });
    expect(receiver.received[0]?.path).toBe('/otlp/v1/logs');
  });

  test('wait for a receiver that is away, over a restart, and come once', async () => {
    const receiver = await startOtlpReceiver();
    receiver.status = 500;
    const options = { settings: shippingTo(receiver.url), dataDir: join(tempDir(), 'data') };
    const app = await startTestApp(options);
    await fire(app, 3);
    await vi.waitFor(() => expect(failureOf(app)).toBe('http_500'), WAIT);
    await app.stop();
    const again = await startTestApp(options);
    await fire(again, 2);
    receiver.status = 200;
    await receiver.got(again.entries().length);
    await vi.waitFor(() => expect(failureOf(again)).toBeNull(), WAIT);
    expect(receiver.records().map(({ body }) => body.seq)).toEqual(again.entries().map(({ seq }) => seq));
  });

  test('carry the secret in its header, once there is one, and never elsewhere', async () => {
    const receiver = await startOtlpReceiver();
    const app = await startTestApp({ settings: shippingTo(receiver.url, { secretHeader: 'x-api-key' }) });
    await vi.waitFor(() => expect(failureOf(app)).toBe('no_secret'), WAIT);
    expect(receiver.received).toEqual([]);
    const bad = await app.runtimeConfig.setSecret('shipper-secret:collector', 'two\r\nlines');
    expect(bad).toBe('it cannot be the value of a header');
    expect(await app.runtimeConfig.setSecret('shipper-secret:collector', 'a secret')).toBeNull();
    await receiver.got(1);
    expect(receiver.received[0]?.headers['x-api-key']).toBe('a secret');
    receiver.status = 401;
    await fire(app, 1);
    await vi.waitFor(() => expect(failureOf(app)).toBe('http_401'), WAIT);
    await app.runtimeConfig.setSecret('shipper-secret:collector', 'another');
    receiver.status = 200;
    await receiver.got(app.entries().length);
    expect(receiver.received.at(-1)?.headers['x-api-key']).toBe('another');
  });

  test('go over TLS to a receiver of the named authority alone', async () => {
    const { authority, good, 'wrong name': other } = makeCertificates();
    const caFile = join(tempDir(), 'ca.pem');
    writeFileSync(caFile, authority.cert);
    const [right, wrong] = await Promise.all([startOtlpReceiver(good), startOtlpReceiver(other)]);
    const app = await startTestApp({ settings: shippingTo(right.url, { caFile }) });
    await fire(app, 1);
    await right.got(3);
    const refused = await startTestApp({ settings: shippingTo(wrong.url, { caFile }) });
    await fire(refused, 1);
    await vi.waitFor(() => expect(failureOf(refused)).toBe('ERR_TLS_CERT_ALTNAME_INVALID'), WAIT);
    expect(wrong.received).toEqual([]);
  });

  test('are not sent again when a receiver has dropped some of them, which is said', async () => {
    const receiver = await startOtlpReceiver();
    receiver.dropped = 2;
    const app = await startTestApp({ settings: shippingTo(receiver.url) });
    await fire(app, 1);
    await receiver.got(3);
    const { readFileSync } = await import('node:fs');
    const log = () => readFileSync(join(app.dataDir, 'logs/poptray.log'), 'utf8');
    await vi.waitFor(() => expect(log()).toContain('a receiver dropped what it had taken'), WAIT);
    expect(log()).toMatch(/shipper="collector\/logs" entries=2/);
    await vi.waitFor(() => expect(readProgress(app.dataDir)?.shippers['collector/logs']?.seq).toBe(3), WAIT);
    expect(receiver.records()).toHaveLength(3);
  });
}, 90_000);

describe('metrics by OTLP', () => {
  const GAUGES = {
    webhooksWaiting: () => 3,
    entriesToShip: () => [{ shipper: 'siem', entries: 7 }],
    destinations: () => [],
    checks: () => ({ tampered: null, checked: null }),
    unready: () => [],
    webhooks: () => ['crm'],
    troubles: () => [],
    freeBytes: () => 1,
  };
  const NOW = Date.parse('2026-11-25T09:00:00Z');
  const delivered = (seq: number, latencyMs: number): AuditEntry => ({
    ...newEntry('result', {
      popId: `pop-${seq}`,
      status: 'delivered',
      success: true,
      attempts: 1,
      latencyMs,
      focusTracked: true,
      windowFocused: true,
    }),
    phases: { queue: 1, token: 1, delivery: latencyMs - 2 },
    seq,
    timestamp: '2026-11-25T08:59:00.500Z',
    boot: 'b',
    uptimeMs: seq,
    keyId: 'k',
  });

  function metricsTo(url: string) {
    const receiver = { url, connection: async () => ({}), headers: async () => ({}), onDropped: () => {} };
    return createOtlpMetrics(receiver, ORIGIN, createMetrics(GAUGES), { now: () => NOW });
  }

  test('are the figures of /metrics, cumulative, from the first entry that was not told yet', async () => {
    const receiver = await startOtlpReceiver();
    const exporter = metricsTo(receiver.url);
    exporter.load([delivered(1, 4), delivered(2, 40), delivered(3, 60_000)]);
    await exporter.deliver(signal);
    const {
      poptray_triggers_total: triggers,
      poptray_pop_latency_seconds: latency,
      ...others
    } = receiver.metrics();
    expect(triggers?.sum).toMatchObject({ isMonotonic: true, aggregationTemporality: 2 });
    const [point] = triggers?.sum?.dataPoints ?? [];
    expect(point).toMatchObject({ asDouble: 3, attributes: { status: 'delivered', code: '' } });
    expect(point?.startTimeUnixNano).toBe(`${Date.parse('2026-11-25T08:59:00.500Z')}000000`);
    expect(point?.timeUnixNano).toBe(`${NOW}000000`);
    expect([latency?.unit, latency?.histogram?.aggregationTemporality]).toEqual(['s', 2]);
    const total = latency?.histogram?.dataPoints.find(({ attributes }) => attributes.phase === 'total');
    expect(total).toMatchObject({ count: '3', sum: 60.044 });
    const bounds = total?.explicitBounds ?? [];
    const counts = (total?.bucketCounts ?? []).map(Number);
    expect(counts).toHaveLength(bounds.length + 1);
    expect([counts[bounds.indexOf(0.005)], counts[bounds.indexOf(0.05)], counts.at(-1)]).toEqual([1, 1, 1]);
    expect(counts.reduce((sum, count) => sum + count)).toBe(3);
    expect(others.poptray_shipping_waiting?.gauge?.dataPoints[0]).toMatchObject({
      asDouble: 7,
      attributes: { shipper: 'siem' },
    });
    const text = await createMetrics(GAUGES).text();
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(Object.keys(receiver.metrics())).toEqual(names);
  });

  test('lose nothing and count nothing twice while a receiver is away', async () => {
    const receiver = await startOtlpReceiver();
    const exporter = metricsTo(receiver.url);
    const total = () => receiver.metrics().poptray_triggers_total?.sum?.dataPoints[0]?.asDouble;
    exporter.load([delivered(1, 4)]);
    await exporter.deliver(signal);
    receiver.status = 500;
    exporter.load([delivered(2, 4), delivered(3, 4)]);
    for (let turn = 0; turn < 3; turn += 1) {
      await expect(exporter.deliver(signal)).rejects.toMatchObject({ code: 'http_500' });
    }
    receiver.status = 200;
    await exporter.deliver(signal);
    expect(total()).toBe(3);
    await exporter.deliver(signal);
    expect(total()).toBe(3);
  });
}, 60_000);
