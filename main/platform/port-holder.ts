/** Who has a port of this machine. */
import { readFileSync } from 'node:fs';
import { type Cause, makeCause } from '../../shared/causes.ts';
import { hexPort, listSockets } from './own-peer.ts';

const LISTEN = '0A';

/** Why we cannot have it; `isForbidden`: the system does not let us, whoever has it. Other users are told apart on Linux alone. */
export function portCause(port: number, isForbidden = false): Cause {
  const text = String(port);
  if (isForbidden) return makeCause('port_forbidden', { port: text });
  const user = otherHolder(port);
  return user === undefined
    ? makeCause('port_taken', { port: text })
    : makeCause('port_of_other_user', { port: text, user });
}

/** The name of another user who listens there on loopback or on all addresses; undefined where nobody else is known to. */
export function otherHolder(port: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const suffix = `:${hexPort(port)}`;
  const other = listSockets().find(
    ({ local, state, uid }) => state === LISTEN && local.endsWith(suffix) && uid !== process.getuid?.(),
  );
  return other && userName(String(other.uid));
}

function userName(uid: string): string {
  try {
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
    const [name] = lines.map((line) => line.split(':')).find(([, , id]) => id === uid) ?? [];
    return name ?? `user id ${uid}`;
  } catch {
    return `user id ${uid}`;
  }
}
