/** Fires what the scheme asks for, once the user has agreed to the caller. */

import type { Trigger } from '../../shared/trigger.ts';
import type { Dashboard } from '../api/api.ts';
import type { Clock } from '../pipeline/ports.ts';
import { createBurstGate } from './burst-gate.ts';
import { parseScheme, SchemeRefused } from './scheme.ts';

/** A call answered later than this is another call, in milliseconds. */
const STALE_MS = 30_000;
/** Begins the client under which its pops stand in the log. */
const SCHEME_CLIENT = 'scheme';
/** More than a person can have calls; a page that opens URLs in a loop is no softphone. */
const BURST = { count: 20, windowMs: 10_000 };

export interface SchemeCallerDeps {
  /** Runs what it is called with under the name of this client. */
  readonly dashboardFor: (client: string) => Pick<Dashboard, 'call'>;
  readonly clock: Clock;
  /** Callers that the user has agreed to, kept across starts. */
  readonly known: { has(caller: string): boolean; add(caller: string): void };
  /** Asks the user; resolves with the answer. */
  readonly ask: (caller: string) => Promise<boolean>;
  /** Hears why a URL was not taken, never anything of it; `client` where the log does not say so yet. */
  readonly onRefused: (reason: string, client?: string) => void;
  /** The same, where a person has not asked for that. */
  readonly tell: (reason: string) => void;
}

/** Takes one URL; never rejects. */
export type SchemeCaller = (url: string) => Promise<void>;

export function createSchemeCaller(deps: SchemeCallerDeps): SchemeCaller {
  const { dashboardFor, clock, known, ask, onRefused, tell } = deps;
  const gate = createBurstGate(clock, BURST.count, BURST.windowMs);
  const answers = new Map<string, Promise<boolean>>();

  // A no holds until the next start, so that a ringing phone does not ask at every call.
  const isAllowed = (caller: string): Promise<boolean> => {
    if (known.has(caller)) return Promise.resolve(true);
    const answer = answers.get(caller) ?? ask(caller);
    answers.set(caller, answer);
    // Who was not even asked about is asked about another time.
    answer.catch(() => answers.delete(caller));
    return answer;
  };

  return async (url) => {
    let client = SCHEME_CLIENT;
    try {
      if (gate.pass() === undefined) throw new SchemeRefused('too many URLs at once');
      const { from, trigger } = parseScheme(url);
      client = `${SCHEME_CLIENT}:${from}`;
      // Set before the question, so that a pop does not come up when its call is long over.
      const expiresAt = trigger.expiresAt ?? new Date(clock.now() + STALE_MS).toISOString();
      if (!(await isAllowed(from))) return onRefused('the user has not agreed to this caller', client);
      known.add(from);
      await fire(client, { ...trigger, expiresAt });
    } catch (error) {
      const reason = error instanceof SchemeRefused ? error.message : 'it failed';
      onRefused(reason, client);
      tell(reason);
    }
  };

  /** A pop that failed has a notice of its own. */
  async function fire(client: string, trigger: Trigger): Promise<void> {
    const result = await dashboardFor(client).call('popFire', { trigger });
    if (!result.ok) onRefused(result.code);
    else if ('code' in result.value) {
      onRefused(result.value.code);
      if (result.value.popId === undefined) tell(result.value.title);
    }
  }
}
