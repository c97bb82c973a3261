/** The log as OpenTelemetry's log records. */
import type { SeverityNumber } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { AuditEntry } from '../../shared/audit.ts';
import { createOtlpSender, hrTime, type OtlpReceiver } from './otlp.ts';
import { type Severity, severityOf } from './severity.ts';
import type { Exporter, Origin } from './shipper.ts';

/** As the log data model's appendix maps syslog's levels. */
const LEVELS: Readonly<Record<Severity, SeverityNumber>> = { info: 9, notice: 10, warning: 13, error: 17 };

export function createOtlpLogs(receiver: OtlpReceiver, origin: Origin): Exporter {
  const scope = { name: 'poptray', version: origin.version };
  let loaded: AuditEntry[] = [];
  const sender = createOtlpSender<ReadableLogRecord[]>(receiver, '/v1/logs', origin, async (config) => {
    const { OTLPLogExporter } = await import('@opentelemetry/exporter-logs-otlp-proto');
    return new OTLPLogExporter(config);
  });

  return {
    everyMs: 1000,
    most: 500,
    load(entries) {
      loaded.push(...entries);
    },
    async deliver(stopping) {
      await sender.send((resource) => loaded.map((entry) => recordOf(entry, resource)), stopping);
      loaded = [];
    },
  };

  /** The body is the entry without what says nothing. The uid is how receivers know what comes twice. */
  function recordOf(entry: AuditEntry, resource: Resource): ReadableLogRecord {
    const severity = severityOf(entry);
    const time = hrTime(Date.parse(entry.timestamp));
    return {
      hrTime: time,
      hrTimeObserved: time,
      severityNumber: LEVELS[severity],
      severityText: severity,
      eventName: `poptray.${entry.type}`,
      body: Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null)),
      attributes: { 'log.record.uid': `${entry.keyId}-${entry.seq}` },
      droppedAttributesCount: 0,
      resource,
      instrumentationScope: scope,
    };
  }
}
