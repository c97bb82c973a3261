import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { syslogMessage } from '../../main/shipping/syslog-message.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { newEntry } from '../../shared/new-entry.ts';
import { anyEntry } from '../support/entry-arbitrary.ts';

const ORIGIN = { hostname: 'desk-7.example', instance: '0f5b', version: '0.1.0' };
const STAMP = { seq: 7, timestamp: '2026-11-25T08:30:00.123Z', boot: 'b', uptimeMs: 12.5, keyId: 'k1' };
const entry = (type: AuditEntry['type'], known: Partial<AuditEntry> = {}): AuditEntry => ({
  ...newEntry(type, known),
  ...STAMP,
});

/** A parser written from the grammar of RFC 5424 §6, and from nothing else. */
function parse(message: string) {
  const field = '[!-~]{1,255}';
  const name = '[!#-<>-\\\\^-~]{1,32}';
  const value = '(?:[^"\\\\\\]]|\\\\["\\\\\\]])*';
  const element = `\\[${name}(?: ${name}="${value}")*\\]`;
  const grammar = new RegExp(
    `^<(\\d{1,3})>1 (\\S+) (${field}) (${field}) (${field}) (${field}) ((?:${element})+) ([^]*)$`,
    'u',
  );
  const [, pri, timestamp, hostname, appName, procId, msgId, data = '', text = ''] =
    grammar.exec(message) ?? expect.unreachable(`not RFC 5424: ${message}`);
  const elements = [...data.matchAll(new RegExp(element, 'gu'))].map(([one]) => {
    const params = [...one.matchAll(new RegExp(` (${name})="(${value})"`, 'gu'))];
    const id = /^\[([^ \]]+)/.exec(one)?.[1] ?? '';
    return [id, Object.fromEntries(params.map(([, key, raw = '']) => [key, raw.replace(/\\(.)/g, '$1')]))];
  });
  return {
    pri: Number(pri),
    timestamp,
    hostname,
    appName,
    procId,
    msgId,
    data: Object.fromEntries(elements),
    text,
  };
}

describe('a syslog message', () => {
  test('is what RFC 5424 says, to the letter', () => {
    const failed = entry('result', { status: 'failed', code: 'upstream_failed', client: 'a"b]c\\d' });
    expect(syslogMessage(failed, { ...ORIGIN, enterpriseId: 64999 })).toBe(
      '<107>1 2026-11-25T08:30:00.123Z desk-7.example poptray 0f5b result ' +
        '[meta sequenceId="7"][origin software="poptray" swVersion="0.1.0"]' +
        '[poptray@64999 type="result" client="a\\"b\\]c\\\\d" status="failed" code="upstream_failed" ' +
        'focusTracked="false" duplicate="false" attempts="0" seq="7" ' +
        'timestamp="2026-11-25T08:30:00.123Z" boot="b" uptimeMs="12.5" keyId="k1"] ' +
        JSON.stringify(failed),
    );
  });

  test('parses back to the entry, whatever stands in it', () => {
    fc.assert(
      fc.property(anyEntry, (any) => {
        const message = syslogMessage(any, { ...ORIGIN, enterpriseId: 64999 });
        const { data, text, msgId, timestamp } = parse(message);
        expect(text).toMatch(/^[ -~]*$/);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(any)));
        expect([msgId, timestamp]).toEqual([any.type, any.timestamp]);
        const { client, detail, webhooks } = data['poptray@64999'];
        const shown = (value: string | null) => value?.replace(/\p{Cc}/gu, ' ') || undefined;
        expect([client, detail]).toEqual([shown(any.client), shown(any.detail)]);
        expect(webhooks).toBe(shown(any.webhooks.join(',')));
        expect(Number(data.meta.sequenceId)).toBeGreaterThan(0);
        expect(Number(data.meta.sequenceId)).toBeLessThan(2 ** 31);
      }),
      { numRuns: 500 },
    );
  });

  test('has the facility of audit logs and a severity that follows the outcome', () => {
    const severity = (one: AuditEntry) => parse(syslogMessage(one, ORIGIN)).pri - 13 * 8;
    expect(severity(entry('result', { status: 'failed' }))).toBe(3);
    expect(severity(entry('webhook', { status: 'failed' }))).toBe(3);
    expect(severity(entry('refused', { status: 'refused' }))).toBe(4);
    expect(severity(entry('result', { status: 'unknown' }))).toBe(4);
    expect(severity(entry('recovered'))).toBe(4);
    expect(severity(entry('result', { status: 'delivered' }))).toBe(5);
    expect(severity(entry('result', { status: 'suppressed' }))).toBe(5);
    expect(severity(entry('intent'))).toBe(6);
    expect(severity(entry('webhook', { status: 'delivered' }))).toBe(6);
  });

  test('has no structured data of a private number unless the organisation has one', () => {
    expect(Object.keys(parse(syslogMessage(entry('intent'), ORIGIN)).data)).toEqual(['meta', 'origin']);
  });

  test('names no host rather than a host that no header can hold', () => {
    const host = (hostname: string) =>
      parse(syslogMessage(entry('intent'), { ...ORIGIN, hostname })).hostname;
    expect([host('Zoë’s desk'), host('é'), host('x'.repeat(300))]).toEqual(['Zosdesk', '-', 'x'.repeat(255)]);
  });
});
