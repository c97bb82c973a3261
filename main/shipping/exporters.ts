/** The ways to the receivers of the audit log that the settings name. */
import { hostname } from 'node:os';
import packageJson from '../../package.json' with { type: 'json' };
import { isHeaderValue } from '../../shared/header-value.ts';
import { receiverSecret } from '../../shared/secrets.ts';
import type { Settings, ShipperSettings } from '../../shared/settings.ts';
import { PLAIN } from '../network/encoded-reply.ts';
import type { Proxies } from '../network/proxies.ts';
import { proxyOptionsFor } from '../network/proxy-options.ts';
import { trustSystemCertificates } from '../network/system-certificates.ts';
import type { Clock } from '../pipeline/ports.ts';
import { readPrivateFile } from '../platform/private-file.ts';
import { readTrustedFile, trustedTarget } from '../platform/trusted-file.ts';
import { type BoundSecrets, SecretElsewhere } from '../secrets/bound-secrets.ts';
import { createOtlpLogs } from './otlp-logs.ts';
import { createOtlpMetrics, type Figures } from './otlp-metrics.ts';
import type { Exporter, ShipperDeps } from './shipper.ts';
import { ShippingFailure } from './shipping-failure.ts';
import { type Credentials, createSyslog } from './syslog.ts';

/** The system gets so many milliseconds to name a proxy. */
const PROXY_PATIENCE_MS = 2000;

export interface ExportersDeps {
  /** Of this log. */
  readonly instance: string;
  readonly clock: Clock;
  readonly secrets: Pick<BoundSecrets, 'get'>;
  readonly proxies: Proxies;
  /** Figures that start at nothing. */
  readonly newFigures: () => Figures;
  readonly tell: ShipperDeps['tell'];
}

/** The names of a receiver's shippers: OpenTelemetry's signals go their own ways. */
export function shipperNames(settings: ShipperSettings): string[] {
  const { id } = settings;
  return settings.kind === 'syslog' ? [id] : settings.signals.map((signal) => `${id}/${signal}`);
}

/** By shipper. */
export function createExporters(shipping: Settings['shipping'], deps: ExportersDeps): Map<string, Exporter> {
  return new Map(
    shipping.flatMap((settings) =>
      shipperNames(settings).map((name) => [name, createExporter(settings, name, deps)] as const),
    ),
  );
}

function createExporter(settings: ShipperSettings, name: string, deps: ExportersDeps): Exporter {
  const { instance, clock, newFigures } = deps;
  const origin = { hostname: hostname(), instance, version: packageJson.version };
  const credentials = () => {
    trustSystemCertificates();
    return readCredentials(settings);
  };
  if (settings.kind === 'syslog') {
    const { host, port, tls, enterpriseId } = settings;
    return createSyslog({ host, port, tls: tls ? credentials : undefined }, { ...origin, enterpriseId });
  }
  const receiver = {
    url: settings.url,
    async connection() {
      const patience = AbortSignal.timeout(PROXY_PATIENCE_MS);
      return { ...credentials(), ...(await proxyOptionsFor(settings.url, deps.proxies, patience)) };
    },
    // The SDK unpacks nothing, and reads 4 MiB at most.
    headers: async () => ({ ...PLAIN, ...(await readHeaders(settings, deps.secrets)) }),
    onDropped: (entries: number) =>
      deps.tell('a receiver dropped what it had taken', { shipper: name, entries }),
  };
  return name.endsWith('/metrics')
    ? createOtlpMetrics(receiver, origin, newFigures(), clock)
    : createOtlpLogs(receiver, origin);
}

/** Read again and again, so that a renewed certificate needs no restart. Throws ShippingFailure. */
function readCredentials({ caFile, certFile, keyFile }: ShipperSettings): Credentials {
  const read = (member: string, path: string, how: (path: string) => string | undefined) => {
    let fault = 'ENOENT';
    try {
      const text = how(path);
      if (text !== undefined) return text;
    } catch (error) {
      fault = (error as NodeJS.ErrnoException).code ?? 'not_private';
    }
    throw new ShippingFailure(`${fault} ${member}`);
  };
  const readText = (path: string) => readTrustedFile(path).toString();
  return {
    ...(caFile !== undefined && { ca: read('caFile', caFile, readText) }),
    ...(certFile !== undefined && { cert: read('certFile', certFile, readText) }),
    ...(keyFile !== undefined && {
      key: read('keyFile', keyFile, (path) => readPrivateFile(trustedTarget(path))),
    }),
  };
}

/** Rejects with ShippingFailure when the secret that should go into a header is not to be had. */
async function readHeaders(
  receiver: Extract<ShipperSettings, { kind: 'otlp' }>,
  secrets: Pick<BoundSecrets, 'get'>,
): Promise<Record<string, string>> {
  const { secretHeader } = receiver;
  if (secretHeader === undefined) return {};
  const secret = await secrets.get(receiverSecret(receiver)).catch((error) => {
    throw new ShippingFailure(error instanceof SecretElsewhere ? 'secret_elsewhere' : 'secrets_locked');
  });
  if (secret === undefined) throw new ShippingFailure('no_secret');
  if (!isHeaderValue(secret)) throw new ShippingFailure('unfit_secret');
  return { [secretHeader]: secret };
}
