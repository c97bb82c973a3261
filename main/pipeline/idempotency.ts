/** One run per idempotency key: running keys are joined, finished ones replayed for 24 hours. */
import type { AuditEntry } from '../../shared/audit.ts';
import { PopError } from './errors.ts';
import type { Answer, Clock, History } from './ports.ts';
import { isFinished, replyOf } from './record.ts';

export const KEY_LIFETIME_MS = 24 * 60 * 60 * 1000;

/** More callers than this waiting for one key get 409 instead, so that memory stays bounded. */
const MAX_JOINED = 10_000;

interface Run {
  readonly fingerprint: string;
  readonly answer: Promise<Answer>;
  joined: number;
}

/**
 * Milliseconds since the entry was written. Within one start of the machine the uptime tells,
 * so that a change of the wall clock neither revives a key nor drops one early.
 */
export function ageOf(entry: AuditEntry, clock: Clock): number {
  if (entry.boot === clock.boot) return clock.uptime() - entry.uptimeMs;
  return Math.max(0, clock.now() - Date.parse(entry.timestamp));
}

export interface Idempotency {
  /**
   * Runs `run` unless the key is running (then joins it) or finished (then replays its answer).
   * Throws PopError `key_reused` for another fingerprint, `in_progress` when too many wait.
   */
  once(key: string, isNew: boolean, fingerprint: string, run: () => Promise<Answer>): Promise<Answer>;
  /** How many keys are running. */
  underWay(): number;
  /** Resolves when none is. */
  idle(): Promise<void>;
}

export function createIdempotency({ history, clock }: { history: History; clock: Clock }): Idempotency {
  const running = new Map<string, Run>();

  async function join(run: Run): Promise<Answer> {
    if (run.joined >= MAX_JOINED) {
      throw new PopError('in_progress', 'too many callers wait for this key', { retryAfterMs: 1000 });
    }
    run.joined += 1;
    return { ...(await run.answer), replayed: true };
  }

  return {
    async once(key, isNew, fingerprint, run) {
      const earlier = running.get(key) ?? (isNew ? undefined : findLive(key));
      if (earlier && earlier.fingerprint !== fingerprint) {
        throw new PopError('key_reused', 'the key was used with another payload within the last 24 hours');
      }
      if (earlier && 'answer' in earlier) return join(earlier);
      if (earlier && isFinished(earlier)) return { body: replyOf(earlier), replayed: true };

      const answer = run();
      running.set(key, { fingerprint, answer, joined: 0 });
      try {
        return await answer;
      } finally {
        running.delete(key);
      }
    },

    underWay: () => running.size,

    async idle() {
      while (running.size > 0) await Promise.allSettled([...running.values()].map(({ answer }) => answer));
    },
  };

  function findLive(key: string): AuditEntry | undefined {
    const entry = history.findByKey(key);
    return entry && ageOf(entry, clock) < KEY_LIFETIME_MS ? entry : undefined;
  }
}
