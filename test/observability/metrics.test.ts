import { describe, expect, test } from 'vitest';
import { createMetrics } from '../../main/observability/metrics.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { newEntry } from '../../shared/new-entry.ts';
import type { Unready } from '../../shared/readiness.ts';
import { startStubDestination } from '../support/stub-destination.ts';
import { startTestApp, TOKEN, USER } from '../support/test-app.ts';

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The text exposition format 0.0.4, strictly: a line that does not fit throws. */
function parse(text: string): { samples: Sample[]; types: Map<string, string> } {
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, comment, about, type] = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line) ?? [];
    if (comment !== undefined) {
      if (comment === 'TYPE') types.set(about ?? '', type ?? '');
      continue;
    }
    const [, name, labels = '', value] = /^([a-z_]+)(?:\{(.*)\})? ([\d.eE+-]+)$/.exec(line) ?? [];
    if (name === undefined) throw new Error(`not a sample: ${line}`);
    const pairs = [...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"(?:,|$)/g)].map(([, key, text]) => [
      key,
      text,
    ]);
    samples.push({ name, labels: Object.fromEntries(pairs), value: Number(value) });
  }
  return { samples, types };
}

/** Observes the entries, and gives the value of a sample by name and labels; undefined when it is not there. */
async function observed(...entries: Partial<AuditEntry>[]) {
  return observedWhile([], ...entries);
}

/** The same while pops cannot be delivered for these reasons. */
async function observedWhile(unready: Unready[], ...entries: Partial<AuditEntry>[]) {
  const metrics = createMetrics({
    webhooksWaiting: () => 3,
    entriesToShip: () => [{ shipper: 'siem', entries: 7 }],
    checks: () => ({ tampered: null, checked: null }),
    destinations: () => [
      { id: 'genesys', isConfigured: true },
      { id: 'crm', isConfigured: false },
    ],
    unready: () => unready,
    webhooks: () => ['crm', 'productivity'],
    troubles: () => [
      { part: 'webhook', name: 'crm', since: '2026-11-23T12:00:00.000Z', code: 'clock', why: 'text' },
      { part: 'receiver', name: 'siem', since: '2026-11-23T11:00:00.000Z', code: 'timeout', why: 'text' },
    ],
    freeBytes: () => 123_456_789,
  });
  const stamp = { seq: 1, timestamp: '2026-11-23T12:00:00.000Z', boot: 'b', uptimeMs: 1, keyId: 'k' };
  for (const { type = 'result', ...about } of entries)
    metrics.observe({ ...newEntry(type, { popId: 'pop', ...about }), ...stamp });
  const { samples, types } = parse(await metrics.text());
  const value = (name: string, labels: Record<string, string> = {}) =>
    samples.find((sample) => sample.name === name && sameLabels(sample.labels, labels))?.value;
  return { samples, types, value };
}

function sameLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  return JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
}

const DELIVERED = {
  status: 'delivered',
  success: true,
  latencyMs: 120,
  attempts: 2,
  focusTracked: true,
  windowFocused: true,
  phases: { queue: 4, token: 90, delivery: 26 },
} as const;

describe('metrics', () => {
  test('tell token time from delivery time, and both from the whole', async () => {
    const { value, types } = await observed(DELIVERED, DELIVERED);
    expect(types.get('poptray_pop_latency_seconds')).toBe('histogram');
    const sum = (phase: string) => value('poptray_pop_latency_seconds_sum', { phase });
    expect([sum('total'), sum('queue'), sum('token'), sum('delivery')]).toEqual([0.24, 0.008, 0.18, 0.052]);
    const bucket = (phase: string, le: string) => value('poptray_pop_latency_seconds_bucket', { phase, le });
    expect([bucket('delivery', '0.025'), bucket('delivery', '0.05'), bucket('token', '0.05')]).toEqual([
      0, 2, 0,
    ]);
    expect([bucket('total', '0.1'), bucket('total', '0.25'), bucket('total', '20')]).toEqual([0, 2, 2]);
  });

  test('tell a focus that nobody reported from one that was lost', async () => {
    const { value } = await observed(
      DELIVERED,
      DELIVERED,
      { ...DELIVERED, windowFocused: false },
      { ...DELIVERED, focusTracked: false, windowFocused: null },
    );
    const focus = (focused: string) => value('poptray_pop_focus_total', { focused });
    expect([focus('true'), focus('false'), focus('unknown')]).toEqual([2, 1, 1]);
  });

  test('count outcomes by status and code, and the attempts they took', async () => {
    const { value } = await observed(
      DELIVERED,
      { status: 'failed', code: 'upstream_timeout', attempts: 3, latencyMs: 20_000 },
      { status: 'suppressed', reason: 'dedupe' },
      { status: 'expired' },
      { status: 'unknown' },
      { type: 'refused', status: 'refused', code: 'unauthorized' },
      { type: 'refused', status: 'refused', code: 'unauthorized' },
    );
    const outcome = (status: string, code = '') => value('poptray_triggers_total', { status, code });
    expect(outcome('delivered')).toBe(1);
    expect(outcome('failed', 'upstream_timeout')).toBe(1);
    expect([outcome('suppressed'), outcome('expired'), outcome('unknown')]).toEqual([1, 1, 1]);
    expect(outcome('refused', 'unauthorized')).toBe(2);
    expect(value('poptray_delivery_attempts_total')).toBe(5);
  });

  test('count for each destination how pops ended there, whether they went to it alone or to others as well', async () => {
    const { value } = await observed(
      { ...DELIVERED, destination: 'desk' },
      { ...DELIVERED, type: 'delivery', destination: 'desk' },
      { type: 'delivery', status: 'failed', code: 'upstream_rejected', destination: 'crm', attempts: 1 },
      { ...DELIVERED, attempts: 3, destination: null },
      { status: 'suppressed', reason: 'dedupe' },
    );
    const at = (destination: string, status: string) =>
      value('poptray_deliveries_total', { destination, status });
    expect([at('desk', 'delivered'), at('crm', 'failed'), at('crm', 'delivered')]).toEqual([2, 1, undefined]);
    // As the results have them: no attempt counts twice.
    expect(value('poptray_delivery_attempts_total')).toBe(5);
    expect(value('poptray_pop_latency_seconds_count', { phase: 'total' })).toBe(2);
  });

  test('leave what was not delivered out of latency and focus', async () => {
    const { value } = await observed(
      { ...DELIVERED, status: 'failed', success: false, code: 'upstream_failed' },
      { status: 'suppressed', latencyMs: 1 },
    );
    expect(value('poptray_pop_latency_seconds_count', { phase: 'total' }) ?? 0).toBe(0);
    expect(value('poptray_pop_focus_total', { focused: 'true' })).toBeUndefined();
  });

  test('count webhooks apart, and ask how many wait', async () => {
    const webhook = { type: 'webhook', detail: 'productivity' } as const;
    const { value } = await observed(
      { ...webhook, status: 'delivered', success: true, attempts: 4 },
      { ...webhook, status: 'failed', success: false },
      { ...webhook, status: null },
      { type: 'opened', detail: 'key 1' },
    );
    expect(value('poptray_webhooks_total', { status: 'delivered' })).toBe(1);
    expect(value('poptray_webhooks_total', { status: 'failed' })).toBe(1);
    expect(value('poptray_webhooks_waiting')).toBe(3);
    expect(value('poptray_shipping_waiting', { shipper: 'siem' })).toBe(7);
    expect(value('poptray_data_folder_free_bytes')).toBe(123_456_789);
    expect(value('poptray_delivery_attempts_total')).toBe(0);
  });

  test('say whether a pop could be delivered, and what is in the way', async () => {
    const names = ['ready', 'audit_open', 'keychain_locked'];
    const figures = async (unready: Unready[]) => {
      const { value } = await observedWhile(unready);
      return names.map((name) => value(`poptray_${name}`));
    };
    expect(await figures([])).toEqual([1, 1, 0]);
    expect(await figures(['paused'])).toEqual([0, 1, 0]);
    expect(await figures(['not_configured'])).toEqual([0, 1, 0]);
    expect(await figures(['secrets_locked', 'audit_unavailable'])).toEqual([0, 0, 1]);
  });

  test('say of each destination whether it is configured', async () => {
    const { value } = await observed();
    const of = (destination: string) => value('poptray_destination_configured', { destination });
    expect([of('genesys'), of('crm'), of('gone')]).toEqual([1, 0, undefined]);
  });

  test('name the build, and the receivers that do not take what they are sent', async () => {
    const { value } = await observed();
    const labels = { version: '0.1.0', node: process.version, platform: process.platform };
    expect(value('poptray_build_info', labels)).toBe(1);
    expect(value('poptray_webhook_refusing', { webhook: 'crm' })).toBe(1);
    expect(value('poptray_webhook_refusing', { webhook: 'productivity' })).toBe(0);
    expect(value('poptray_receiver_behind', { shipper: 'siem' })).toBe(1);
    const trouble = { part: 'webhook', name: 'crm', code: 'clock' };
    expect(value('poptray_trouble_since_timestamp_seconds', trouble)).toBe(
      Date.parse('2026-11-23T12:00:00Z') / 1000,
    );
  });

  test('never hold who or what a pop was for', async () => {
    const { samples } = await observed({
      ...DELIVERED,
      popId: 'mark-pop',
      userId: 'mark-user',
      idempotencyKey: 'mark-key',
      application: 'mark-application',
      client: 'mark-client',
      endpoint: 'mark-endpoint',
      target: 'mark-target',
      correlationId: 'mark-correlation',
      fingerprint: 'mark-fingerprint',
      interaction: 'mark-interaction',
      webhooks: ['mark-webhook'],
      detail: 'mark-detail',
    });
    expect(JSON.stringify(samples)).not.toContain('mark');
    const names = new Set(samples.flatMap(({ labels }) => Object.keys(labels)));
    expect(names).toEqual(
      new Set([
        'status',
        'destination',
        'code',
        'phase',
        'shipper',
        'focused',
        'le',
        'webhook',
        'part',
        'name',
        'version',
        'node',
        'platform',
      ]),
    );
  });

  test('are served to who has a token, as Prometheus text', async () => {
    const destination = await startStubDestination();
    const app = await startTestApp({ destination: destination.url });
    await app.post({ userId: USER });
    const headers = { authorization: `Bearer ${TOKEN}` };
    const response = await fetch(`${app.url}/metrics`, { headers });
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const { samples } = parse(await response.text());
    expect(samples).toContainEqual({
      name: 'poptray_pop_focus_total',
      labels: { focused: 'true' },
      value: 1,
    });
    expect((await fetch(`${app.url}/metrics`)).status).toBe(401);
  });
});
