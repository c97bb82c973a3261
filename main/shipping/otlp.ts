/** OTLP over HTTP, through the exporters of the OpenTelemetry SDK. */
import type { AgentOptions } from 'node:https';
import type { DiagLogger, HrTime } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { Origin } from './shipper.ts';
import { ShippingFailure } from './shipping-failure.ts';

/** For one export with the SDK's own attempts, in milliseconds. */
const TIMEOUT_MS = 10_000;

export interface OtlpReceiver {
  /** `/v1/logs` and `/v1/metrics` come behind it. */
  readonly url: string;
  /** The certificates, and the proxy on the way, if there is one. Rejects with ShippingFailure. */
  readonly connection: () => Promise<AgentOptions>;
  /** Rejects with ShippingFailure. */
  readonly headers: () => Promise<Record<string, string>>;
  /** Hears how many of what it took a receiver says it has dropped; to send them again is forbidden (OTLP/HTTP, "Partial Success"). */
  readonly onDropped: (count: number) => void;
}

interface Exporter<T> {
  export(items: T, done: (result: { readonly code: number; readonly error?: Error }) => void): void;
}

interface ExporterConfig {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly timeoutMillis: number;
  readonly httpAgentOptions: AgentOptions;
}

export interface OtlpSender<T> {
  /** Resolves when the receiver has what `make` gives for our resource; rejects with ShippingFailure. */
  send(make: (resource: Resource) => T, stopping: AbortSignal): Promise<void>;
}

/**
 * `path` is that of the signal. The SDK is loaded with the first delivery: most poptrays never need it. After a
 * failure the exporter is made anew, from what the files, the secret and the system's proxies say by then.
 */
export function createOtlpSender<T>(
  { url, connection, headers, onDropped }: OtlpReceiver,
  path: string,
  origin: Origin,
  open: (config: ExporterConfig) => Promise<Exporter<T>>,
): OtlpSender<T> {
  let opened: { readonly exporter: Exporter<T>; readonly resource: Resource } | undefined;

  async function openAll() {
    const [{ resourceFromAttributes }, { diag, DiagLogLevel }] = await Promise.all([
      import('@opentelemetry/resources'),
      import('@opentelemetry/api'),
    ]);
    // The SDK tells it to its own log alone, of which a process has one.
    const options = { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true };
    diag.setLogger(listeningLog(onDropped), options);
    const exporter = await open({
      url: `${url.replace(/\/$/, '')}${path}`,
      headers: await headers(),
      timeoutMillis: TIMEOUT_MS,
      // A connection for each delivery: none is found dead, and none is left open.
      httpAgentOptions: { ...(await connection()), keepAlive: false, rejectUnauthorized: true },
    });
    const resource = resourceFromAttributes({
      'service.name': 'poptray',
      'service.version': origin.version,
      'service.instance.id': origin.instance,
      'host.name': origin.hostname,
    });
    return { exporter, resource };
  }

  return {
    async send(make, stopping) {
      try {
        opened ??= await openAll();
        await exported(opened.exporter, make(opened.resource), stopping);
      } catch (error) {
        opened = undefined;
        throw error instanceof ShippingFailure ? error : new ShippingFailure(codeOf(error), error);
      }
    },
  };
}

/** Epoch milliseconds as the SDK writes times: seconds and nanoseconds. */
export function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}

function exported<T>(exporter: Exporter<T>, items: T, stopping: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new ShippingFailure('aborted'));
    stopping.addEventListener('abort', abort);
    if (stopping.aborted) abort();
    exporter.export(items, ({ code, error }) => {
      stopping.removeEventListener('abort', abort);
      if (code === 0) resolve();
      else reject(error);
    });
  });
}

function listeningLog(onDropped: (count: number) => void): DiagLogger {
  const ignore = () => {};
  return {
    error: ignore,
    info: ignore,
    debug: ignore,
    verbose: ignore,
    warn(message, details) {
      if (!message.startsWith('Received Partial Success')) return;
      const { rejectedLogRecords, rejectedDataPoints } = JSON.parse(String(details));
      onDropped(Number(rejectedLogRecords ?? rejectedDataPoints ?? 0));
    },
  };
}

/** A number is an HTTP status. The SDK does not say which of 429, 502, 503 and 504 it gave up at. */
function codeOf(error: unknown): string {
  const { code, message = '' } = (error ?? {}) as { code?: string | number; message?: string };
  if (typeof code === 'number') return `http_${code}`;
  if (typeof code === 'string') return code;
  return message === 'Request timed out' ? 'timeout' : 'unavailable';
}
