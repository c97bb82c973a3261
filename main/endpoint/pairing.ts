/** How a page or an extension gets a token: the person at the machine opens a pairing and types its code there. */
import { randomInt, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { PopError } from '../pipeline/errors.ts';
import type { Clock } from '../pipeline/ports.ts';
import type { LocalTokens } from './local-tokens.ts';
import { digestOf } from './proof.ts';

/** A code is good for so long, in milliseconds. */
const LIFETIME_MS = 120_000;
/** So long after that a page is told so, in milliseconds; then it is a stranger again. */
const EXPLAINED_MS = 120_000;
/** For this user's programs together; where the system does not tell users apart, for each connection. */
const GUESSES = 5;
/** In all, where it does not: what another user spends of them leaves enough for the owner. */
const GUESSES_IN_ALL = 50;

/** Pages that nobody on the way can have changed, extensions, and pages of this machine. */
const PAIRABLE =
  /^(https:\/\/[^/?#\s]{1,250}|(chrome|moz|safari-web)-extension:\/\/[\w.-]{1,250}|http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?)$/;

export const pairingSchema = z.strictObject({
  code: z
    .string()
    .max(16)
    .overwrite((text) => text.replace(/[\s-]/g, ''))
    .describe('The six digits that the dashboard or "poptray pair" shows.'),
});

/** How a pairing ended by itself. */
export interface PairingEnd {
  readonly outcome: 'paired' | 'locked' | 'expired';
  readonly name: string;
  readonly origin: string | null;
}

export interface Pairing {
  /** For a token of that name; `until` is in epoch milliseconds. Ends another one. Throws if the name will not do. */
  open(name: string): { code: string; until: number };
  close(): void;
  /** Whether a page that nobody knows may come with a code. */
  answers(origin: string): boolean;
  /** Throws PopError `pairing_refused` or `pairing_expired` when no code can be right. */
  demandOpen(): void;
  /**
   * The token for the right code, once; throws PopError `pairing_refused` or `pairing_expired`. `guesser` stands for a
   * connection of which nobody can say whose it is.
   */
  redeem(code: string, origin: string | null, guesser?: object): { token: string; name: string };
}

export function createPairing(
  tokens: Pick<LocalTokens, 'create' | 'checkName'>,
  clock: Clock,
  onEnd: (end: PairingEnd) => void,
): Pairing {
  let current: { name: string; code: string; expiresAt: number; guesses: Map<object, number> } | undefined;
  const owner = {};
  let cancel = () => {};

  function close(): void {
    cancel();
    current = undefined;
  }

  function demand() {
    if (!current) throw new PopError('pairing_refused', 'no pairing is open');
    if (clock.monotonic() >= current.expiresAt)
      throw new PopError('pairing_expired', 'the code was good for two minutes');
    return current;
  }

  return {
    close,
    open(name) {
      tokens.checkName(name);
      close();
      const code = String(randomInt(1_000_000)).padStart(6, '0');
      current = { name, code, expiresAt: clock.monotonic() + LIFETIME_MS, guesses: new Map() };
      cancel = clock.after(LIFETIME_MS, () => onEnd({ outcome: 'expired', name, origin: null }));
      return { code, until: clock.now() + LIFETIME_MS };
    },
    answers: (origin) =>
      current !== undefined && clock.monotonic() < current.expiresAt + EXPLAINED_MS && PAIRABLE.test(origin),
    demandOpen: () => void demand(),
    redeem(given, origin, guesser = owner) {
      const { name, code, guesses } = demand();
      const own = (guesses.get(guesser) ?? 0) + 1;
      guesses.set(guesser, own);
      if (own > GUESSES)
        throw new PopError('pairing_refused', 'the code was wrong too often on this connection');
      if (timingSafeEqual(digestOf(given), digestOf(code))) {
        close();
        const token = tokens.create(name, origin ?? undefined);
        onEnd({ outcome: 'paired', name, origin });
        return { token, name };
      }
      const inAll = [...guesses.values()].reduce((sum, count) => sum + Math.min(count, GUESSES), 0);
      if (guesser === owner ? own < GUESSES : inAll < GUESSES_IN_ALL)
        throw new PopError('pairing_refused', 'the code is wrong');
      close();
      onEnd({ outcome: 'locked', name, origin });
      throw new PopError('pairing_refused', 'the code was wrong too often: the pairing is closed');
    },
  };
}
