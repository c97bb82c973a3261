/** Who may use a page of ours in a browser: one-time links that turn into sessions. */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { sessionIdOf } from '../../shared/session-secret.ts';
import type { Clock } from '../pipeline/ports.ts';
import { keepLatest } from './keep-latest.ts';

/** A link that nobody opened is void after this long, in milliseconds. */
const LINK_LIFETIME_MS = 10 * 60 * 1000;
/** However much it is used; a working day. */
export const SESSION_LIFETIME_MS = 8 * 60 * 60 * 1000;
/** A session ends when no page of it has asked or listened for this long, in milliseconds. */
export const SESSION_IDLE_MS = 30 * 60 * 1000;
/** How often a session that a page listens to is looked at, in milliseconds. */
const LOOK_MS = 60 * 1000;
/** More open links or sessions than this make the oldest void. */
const MOST = 20;

/** What a browser gets for a link. */
export interface OpenedSession {
  /** Opens nothing: it tells that this browser has opened the page. */
  readonly cookie: string;
  /** For the page alone; what stands before the dot is the session's id. */
  readonly secret: string;
}

export interface SessionFacts {
  readonly id: string;
  /** For people: which browser has it. */
  readonly browser: string;
  /** Epoch milliseconds. */
  readonly openedAt: number;
  /** Epoch milliseconds. */
  readonly usedAt: number;
  /** Whether a page of it is open. */
  readonly isPresent: boolean;
}

export interface Sessions {
  /** The code of a new one-time link. */
  newCode(): string;
  /** Turns a code into a session, once; undefined for a code that is void. */
  redeem(code: string, browser: string): OpenedSession | undefined;
  /** Whether this cookie came with a session that is open. */
  knows(cookie: string): boolean;
  /** The id of the session that has this secret, which is thereby used; undefined when it has ended. */
  find(secret: string): string | undefined;
  /** Those that are open, the oldest first. */
  list(): SessionFacts[];
  /** Whether there was one. */
  end(id: string): boolean;
  /** A page of it listens; `onEnd` is called should the session end before. Returns the end of listening. */
  attend(id: string, onEnd: () => void): () => void;
}

interface Session {
  readonly browser: string;
  readonly cookieHash: Buffer;
  readonly secretHash: Buffer;
  readonly openedAt: number;
  readonly opened: number;
  used: number;
  readonly pages: Set<() => void>;
}

/** Only hashes are kept. Times are those of the machine's uptime, in which its sleep counts. */
export function createSessions(clock: Pick<Clock, 'now' | 'uptime' | 'after'>): Sessions {
  const codes = new Map<string, number>();
  const sessions = new Map<string, Session>();

  function end(id: string): boolean {
    const session = sessions.get(id);
    sessions.delete(id);
    for (const onEnd of session?.pages ?? []) onEnd();
    return session !== undefined;
  }

  function endOld(): void {
    const now = clock.uptime();
    for (const [id, { opened, used, pages }] of sessions) {
      const isIdle = pages.size === 0 && now - used >= SESSION_IDLE_MS;
      if (isIdle || now - opened >= SESSION_LIFETIME_MS) end(id);
    }
  }

  return {
    newCode() {
      const code = randomText(32);
      codes.set(hashOf(code).toString('base64'), clock.uptime() + LINK_LIFETIME_MS);
      keepLatest(codes, MOST);
      return code;
    },
    redeem(code, browser) {
      const key = hashOf(code).toString('base64');
      const isValid = (codes.get(key) ?? 0) > clock.uptime();
      codes.delete(key);
      if (!isValid) return undefined;
      const id = randomText(6);
      const cookie = randomText(32);
      const secret = `${id}.${randomText(32)}`;
      const now = clock.uptime();
      sessions.set(id, {
        browser,
        cookieHash: hashOf(cookie),
        secretHash: hashOf(secret),
        openedAt: clock.now(),
        opened: now,
        used: now,
        pages: new Set(),
      });
      keepLatest(sessions, MOST, end);
      return { cookie, secret };
    },
    knows(cookie) {
      endOld();
      const hash = hashOf(cookie);
      return [...sessions.values()].some(({ cookieHash }) => timingSafeEqual(cookieHash, hash));
    },
    find(secret) {
      endOld();
      const id = sessionIdOf(secret);
      const session = sessions.get(id);
      if (!session || !timingSafeEqual(session.secretHash, hashOf(secret))) return undefined;
      session.used = clock.uptime();
      return id;
    },
    list() {
      endOld();
      const now = clock.uptime();
      return [...sessions].map(([id, { browser, openedAt, used, pages }]) => {
        const isPresent = pages.size > 0;
        return {
          id,
          browser,
          openedAt,
          usedAt: Math.round(clock.now() - (isPresent ? 0 : now - used)),
          isPresent,
        };
      });
    },
    end,
    attend(id, onEnd) {
      const session = sessions.get(id);
      if (!session) {
        onEnd();
        return () => {};
      }
      session.pages.add(onEnd);
      let cancel = clock.after(LOOK_MS, look);
      return () => {
        cancel();
        if (session.pages.delete(onEnd)) session.used = clock.uptime();
      };

      /** Again and again, because timers stand still while the machine sleeps. */
      function look(): void {
        cancel = clock.after(LOOK_MS, look);
        endOld();
      }
    },
  };
}

function randomText(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
