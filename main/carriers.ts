/** The ways to the receivers of the audit log that the settings name. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import packageJson from '../package.json' with { type: 'json' };
import type { Settings, ShipperSettings } from '../shared/settings.ts';
import { readPrivateFile } from './platform/private-file.ts';
import type { Carrier } from './shipping/shipper.ts';
import { ShippingFailure } from './shipping/shipping-failure.ts';
import { type Credentials, createSyslog } from './shipping/syslog.ts';

/** By shipper. */
export function createCarriers(shipping: Settings['shipping'], instance: string): Map<string, Carrier> {
  const origin = { hostname: hostname(), instance, version: packageJson.version };
  return new Map(
    shipping.map((settings) => {
      const { id, host, port, tls, enterpriseId } = settings;
      const receiver = { host, port, tls: tls ? () => readCredentials(settings) : undefined };
      return [id, createSyslog(receiver, { ...origin, enterpriseId })];
    }),
  );
}

/** Read for each delivery, so that a renewed certificate counts at once. Throws ShippingFailure. */
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
  const readText = (path: string) => readFileSync(path, 'utf8');
  return {
    ...(caFile !== undefined && { ca: read('caFile', caFile, readText) }),
    ...(certFile !== undefined && { cert: read('certFile', certFile, readText) }),
    ...(keyFile !== undefined && { key: read('keyFile', keyFile, readPrivateFile) }),
  };
}
