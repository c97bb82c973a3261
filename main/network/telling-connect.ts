/** Connectors for undici whose errors say the cause: who was called, through which proxy, and whose certificate was shown. */
import type { Socket } from 'node:net';
import { type DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { buildConnector } from 'undici';
import type { Clock } from '../pipeline/ports.ts';
import { codeIn, NetworkFailure, networkCause, type SeenCertificate } from './network-cause.ts';
import type { NamedProxy } from './proxies.ts';

type Connect = buildConnector.connector;

/** As `connect`, with errors that are NetworkFailure. `proxy` is whom these connections lead to, not through. */
export function tellingConnector(connect: Connect, clock: Pick<Clock, 'now'>, proxy?: NamedProxy): Connect {
  return (options, callback) => {
    let certificate: SeenCertificate | undefined;
    const socket = connect(options, (...result) => {
      const [error] = result;
      if (error === null) return callback(...result);
      const host = options.host ?? options.hostname;
      const because = networkCause(error, { host, proxy, certificate });
      callback(new NetworkFailure(because, codeIn(error), error), null);
    }) as unknown as Socket | undefined;
    // Before Node judges: whoever it turns away it closes at once. Its judgement alone counts.
    if (socket instanceof TLSSocket)
      socket.prependOnceListener('secure', () => {
        certificate = seen(socket.getPeerCertificate(true), clock.now());
      });
  };
}

function seen(leaf: DetailedPeerCertificate, now: number): SeenCertificate {
  let last = leaf;
  while (last.issuerCertificate && last.issuerCertificate !== last) last = last.issuerCertificate;
  return {
    issuer: nameOf(last.issuer),
    names: plain(
      leaf.subjectaltname?.replaceAll('DNS:', '').replaceAll('IP Address:', '') ?? nameOf(leaf.subject),
    ),
    from: leaf.valid_from,
    until: leaf.valid_to,
    now: new Date(now).toUTCString(),
  };
}

function nameOf(subject: Partial<Record<'CN' | 'O' | 'OU', string | string[]>> = {}): string {
  const { CN, O, OU } = subject;
  return plain([CN, O, OU].flatMap((part) => part ?? []).join(', ')) || 'an authority without a name';
}

/** A stranger has written it. */
function plain(text: string): string {
  return text.replaceAll(/[^\P{C}]/gu, ' ').slice(0, 120);
}
