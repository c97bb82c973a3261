/** Fires what the scheme asks for, once the user has agreed to the caller. */
import type { Dashboard } from '../api/api.ts';
import type { Clock } from '../pipeline/ports.ts';
import { createBurstGate } from './burst-gate.ts';
import { parseScheme, type SchemeCall, SchemeRefused } from './scheme.ts';

/** A call answered later than this is another call, in milliseconds. */
const STALE_MS = 30_000;
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
  /** Hears why a URL was not taken; never holds anything of the URL. */
  readonly onRefused: (reason: string) => void;
}

/** Takes one URL; never rejects. */
export type SchemeCaller = (url: string) => Promise<void>;

export function createSchemeCaller(deps: SchemeCallerDeps): SchemeCaller {
  const { dashboardFor, clock, known, ask, onRefused } = deps;
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
    try {
      if (gate.pass() === undefined) return onRefused('too many URLs at once');
      const { from, trigger } = parseScheme(url);
      // Set before the question, so that a pop does not come up when its call is long over.
      const expiresAt = trigger.expiresAt ?? new Date(clock.now() + STALE_MS).toISOString();
      if (!(await isAllowed(from))) return onRefused('the user has not agreed to this caller');
      known.add(from);
      await fire({ from, trigger: { ...trigger, expiresAt } });
    } catch (error) {
      onRefused(error instanceof SchemeRefused ? error.message : 'it failed');
    }
  };

  async function fire({ from, trigger }: SchemeCall): Promise<void> {
    const result = await dashboardFor(`scheme:${from}`).call('popFire', { trigger });
    if (!result.ok) onRefused(result.code);
    else if ('code' in result.value) onRefused(result.value.code);
  }
}
