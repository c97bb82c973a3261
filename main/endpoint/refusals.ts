/** Audit entries for requests that were turned away, bounded in sum so that nobody can fill the disk with them. */
import { entryOf } from '../../shared/log-events.ts';
import type { Refused } from '../../shared/refused-event.ts';
import type { PopError, WrongMember } from '../pipeline/errors.ts';
import type { AuditLog, Clock } from '../pipeline/ports.ts';

/** So many refusals of one reason and one caller have entries of their own; one entry a minute counts the others. */
const SINGLE = 5;
/** After so long without a refusal, in milliseconds, they have entries of their own again. */
const MINUTE_MS = 60_000;

/** An entry names no more wrong members than this. */
const MAX_ERRORS = 8;

/** What is known of who was refused. */
type Facts = Partial<Pick<Refused, 'client' | 'endpoint' | 'userId' | 'idempotencyKey'>>;

/** A `latencyMs` of null means that none was measured. */
type Refusal = [
  error: Pick<PopError, 'code' | 'message' | 'details'>,
  facts: Facts,
  latencyMs: number | null,
];

/** Refusals of one reason and one caller. */
interface Group {
  single: number;
  /** Those without an entry so far. */
  folded: number;
  readonly code: PopError['code'];
  readonly facts: Facts;
}

export interface Refusals {
  /** Records a refusal; resolves also when the log cannot be written, because the caller is refused anyway. */
  record(...refusal: Refusal): Promise<void>;
  /** Leaves an entry for those that have none yet. */
  settle(): Promise<void>;
}

export function createRefusals(audit: AuditLog, clock: Pick<Clock, 'after'>): Refusals {
  const groups = new Map<string, Group>();

  async function write(
    { client = null, endpoint = null, userId = null, idempotencyKey = null }: Facts,
    refusal: Pick<Refused, 'code' | 'latencyMs' | 'errors' | 'folded'>,
  ): Promise<void> {
    const entry = entryOf({ kind: 'refused', client, endpoint, userId, idempotencyKey, ...refusal });
    await audit.append(entry, 'written').catch(() => {});
  }

  async function writeFolded(group: Group): Promise<void> {
    const { code, facts, folded } = group;
    if (folded === 0) return;
    group.folded = 0;
    await write(facts, { code, latencyMs: null, errors: null, folded });
  }

  function lookAgain(key: string, group: Group): void {
    clock.after(MINUTE_MS, () => {
      if (group.folded === 0) groups.delete(key);
      else lookAgain(key, group);
      void writeFolded(group);
    });
  }

  return {
    async record(...refusal) {
      const [error, facts, latencyMs] = refusal;
      const code = error.details.loggedAs ?? error.code;
      const { client = null, endpoint = null } = facts;
      const key = `${code} ${client}`;
      let group = groups.get(key);
      if (!group) {
        group = { single: 0, folded: 0, code, facts: { client, endpoint } };
        groups.set(key, group);
        lookAgain(key, group);
      }
      if (group.single < SINGLE) {
        group.single += 1;
        await write(facts, { code, latencyMs, errors: wrongMembers(error), folded: null });
      } else group.folded += 1;
    },
    async settle() {
      await Promise.all([...groups.values()].map(writeFolded));
    },
  };
}

/** For the log. What is wrong with a body as a whole is told in the same way, with the pointer to all of it. */
function wrongMembers({ code, message, details }: Refusal[0]): Refused['errors'] {
  const isOfBody = code === 'invalid_json' || code === 'invalid_trigger';
  const all: readonly WrongMember[] = details.errors ?? (isOfBody ? [{ pointer: '', detail: message }] : []);
  const errors = all
    .slice(0, MAX_ERRORS)
    .map(({ pointer, logged = pointer, detail }) => ({ pointer: logged, detail }));
  return errors.length === 0 ? null : errors;
}
