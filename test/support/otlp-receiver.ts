/** A receiver of OTLP over HTTP that reads what comes by the protocol's own definition, with protobufjs. */
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { vi } from 'vitest';
import type { Certificate } from './certificates.ts';
import { serve } from './servers.ts';

const PROTOCOL = protobuf.loadSync(join(import.meta.dirname, 'otlp.proto'));

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  /** The request as protobufjs writes it in JSON, attributes and bodies as plain values. */
  readonly request: unknown;
}

export interface LogRecord {
  readonly eventName: string;
  readonly severityNumber: number;
  readonly timeUnixNano: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Point {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly asDouble?: number;
  readonly count?: string;
  readonly sum?: number;
  readonly bucketCounts?: string[];
  readonly explicitBounds?: number[];
}

export interface OtlpMetric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: {
    readonly dataPoints: Point[];
    readonly isMonotonic: boolean;
    readonly aggregationTemporality: number;
  };
  readonly gauge?: { readonly dataPoints: Point[] };
  readonly histogram?: { readonly dataPoints: Point[]; readonly aggregationTemporality: number };
}

export interface OtlpReceiver {
  readonly url: string;
  readonly received: Received[];
  /** The status that the next requests get; those of others than 200 are not kept. */
  status: number;
  /** How many of the records that it takes it says to drop. */
  dropped: number;
  records(): LogRecord[];
  resources(): Readonly<Record<string, unknown>>[];
  /** By the last metrics that came. */
  metrics(): Record<string, OtlpMetric>;
  got(records: number): Promise<void>;
}

export async function startOtlpReceiver(certificate?: Certificate): Promise<OtlpReceiver> {
  const response = PROTOCOL.lookupType('ExportLogsServiceResponse');
  const received: Received[] = [];
  const url = await serve(async (request, reply) => {
    const bytes = Buffer.concat(await request.toArray());
    const { url: path = '', headers } = request;
    if (receiver.status === 200) received.push({ path, headers, bytes, request: read(path, headers, bytes) });
    const partialSuccess = { rejectedLogRecords: receiver.dropped, errorMessage: 'too many' };
    const body = receiver.dropped > 0 ? response.encode({ partialSuccess }).finish() : '';
    reply.writeHead(receiver.status, { 'content-type': 'application/x-protobuf' }).end(body);
  }, certificate);
  const requests = (path: string) =>
    // biome-ignore lint/suspicious/noExplicitAny: what another program has sent.
    received.filter((one) => one.path.endsWith(path)).map(({ request }) => request as any);

  const receiver: OtlpReceiver = {
    url,
    received,
    status: 200,
    dropped: 0,
    records: () =>
      requests('/v1/logs').flatMap(
        ({ resourceLogs }) => resourceLogs[0].scopeLogs[0].logRecords as LogRecord[],
      ),
    resources: () =>
      received.map(
        ({ request }) =>
          (
            Object.values(request as object)[0] as {
              resource: { attributes: Readonly<Record<string, unknown>> };
            }[]
          )[0]?.resource.attributes ?? {},
      ),
    metrics() {
      const metrics: OtlpMetric[] =
        requests('/v1/metrics').at(-1)?.resourceMetrics[0].scopeMetrics[0].metrics ?? [];
      return Object.fromEntries(metrics.map((metric) => [metric.name, metric]));
    },
    got: (records) =>
      vi.waitFor(
        () => {
          const { length } = receiver.records();
          if (length < records) throw new Error(`only ${length} of ${records} have come`);
        },
        { timeout: 30_000, interval: 20 },
      ),
  };
  return receiver;
}

function read(path: string, headers: IncomingHttpHeaders, bytes: Buffer): unknown {
  if (headers['content-type'] !== 'application/x-protobuf') throw new Error('not protobuf');
  const name = path.endsWith('/v1/logs') ? 'ExportLogsServiceRequest' : 'ExportMetricsServiceRequest';
  const type = PROTOCOL.lookupType(name);
  return plain(type.toObject(type.decode(bytes), { longs: String, enums: Number }));
}

/** Attributes become objects, and values what they hold. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) {
    const isMap = value.length > 0 && value.every((one) => typeof one?.key === 'string' && 'value' in one);
    return isMap
      ? Object.fromEntries(value.map(({ key, value: held }) => [key, heldBy(held)]))
      : value.map(plain);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, key === 'body' ? heldBy(one) : plain(one)]),
  );
}

function heldBy(value: Record<string, unknown>): unknown {
  const [kind, held] = Object.entries(value)[0] ?? [];
  if (kind === 'intValue') return Number(held);
  if (kind === 'arrayValue') return ((held as { values?: [] }).values ?? []).map(heldBy);
  if (kind === 'kvlistValue') return plain((held as { values: [] }).values);
  return held;
}
