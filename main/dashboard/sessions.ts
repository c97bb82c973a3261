/** Who may use the dashboard in a browser: one-time links that turn into sessions. */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../pipeline/ports.ts';

/** A link that nobody opened is void after this long, in milliseconds. */
const LINK_LIFETIME_MS = 10 * 60 * 1000;
const SESSION_LIFETIME_MS = 12 * 60 * 60 * 1000;
/** More open links or sessions than this make the oldest void. */
const MOST = 20;

export interface Sessions {
  /** The code of a new one-time link. */
  newCode(): string;
  /** Turns a code into a session's secret, once; undefined for a code that is void. */
  redeem(code: string): string | undefined;
  isOpen(secret: string): boolean;
}

/** Only hashes are kept, so a lookup tells nothing by the time it takes. */
export function createSessions(clock: Clock): Sessions {
  const codes = new Map<string, number>();
  const sessions = new Map<string, number>();

  return {
    newCode: () => issue(codes, LINK_LIFETIME_MS),
    redeem(code) {
      const key = keyOf(code);
      const isValid = (codes.get(key) ?? 0) > clock.monotonic();
      codes.delete(key);
      return isValid ? issue(sessions, SESSION_LIFETIME_MS) : undefined;
    },
    isOpen: (secret) => (sessions.get(keyOf(secret)) ?? 0) > clock.monotonic(),
  };

  function issue(into: Map<string, number>, lifetimeMs: number): string {
    const secret = randomBytes(32).toString('base64url');
    into.set(keyOf(secret), clock.monotonic() + lifetimeMs);
    for (const oldest of into.keys()) {
      if (into.size <= MOST) break;
      into.delete(oldest);
    }
    return secret;
  }
}

function keyOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64');
}
