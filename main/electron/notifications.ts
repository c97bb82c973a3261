/** Says that a pop has failed, and what to do about it: once, however many fail. */
import type { ApiEvent } from '../../shared/api.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { eventOf } from '../../shared/log-events.ts';
import { type ErrorCode, errorTable } from '../pipeline/errors.ts';
import type { Clock } from '../pipeline/ports.ts';
import { createBurstGate } from './burst-gate.ts';
import type { Notices } from './notices.ts';

/** For so long after a notice there is no other about a failure, in milliseconds. */
const QUIET_MS = 60_000;
/** The same for notices about another user, who could go on for ever. */
const OTHER_USER_MS = 600_000;

export interface NotifierDeps extends Notices {
  readonly clock: Clock;
  readonly openPop: (popId: string) => void;
}

export interface Notifier extends Notices {
  /** Takes every entry of the log; failed pops become notices, and another user who asks for their pages. */
  take(entry: AuditEntry): void;
  /** Says that a page has a token now, so that nobody gets one unseen. */
  takePairing(event: Extract<ApiEvent, { type: 'pairing' }>, onClick: () => void): void;
  /** Takes why a phone’s call was not taken, in words that hold nothing of it. */
  takeRefusal(reason: string): void;
  /** Takes why nothing can be delivered, or null; says so when that begins. */
  takeFault(fault: string | null, onClick: () => void): void;
}

export function createNotifier({ say, clock, openPop }: NotifierDeps): Notifier {
  const gate = createBurstGate(clock, 1, QUIET_MS);
  const refusals = createBurstGate(clock, 1, QUIET_MS);
  const otherUser = createBurstGate(clock, 1, OTHER_USER_MS);
  let isFaulty = false;

  return {
    say,
    takeFault(fault, onClick) {
      const begins = fault !== null && !isFaulty;
      isFaulty = fault !== null;
      // What the fault says may name a file of the user's.
      if (begins) say(errorTable.audit_unavailable.title, errorTable.audit_unavailable.hint, onClick);
    },
    takePairing({ outcome, name, origin }, onClick) {
      if (outcome !== 'paired') return;
      say('Paired', `${origin ?? 'A program'} may now show screen pops as ${name}.`, onClick);
    },
    takeRefusal(reason) {
      if (refusals.pass() !== undefined)
        say('A phone’s call was not taken', `${reason}. The audit log has who called.`);
    },
    take(entry) {
      const event = eventOf(entry);
      if (event?.kind === 'refused' && event.code === 'other_user' && otherUser.pass() !== undefined)
        say(errorTable.other_user.title, errorTable.other_user.hint);
      if (event?.kind !== 'result' || event.status !== 'failed') return;
      const { popId, code } = event;
      const before = gate.pass();
      if (before === undefined) return;
      const { title, hint } = rowOf(code);
      const others = before === 0 ? '' : ` (${before} more failed before it)`;
      // Title and hint are poptray's own words: nothing of the customer's can be in them.
      say(title, `${hint}${others}`, () => openPop(popId));
    },
  };
}

function rowOf(code: string | null) {
  return errorTable[code !== null && Object.hasOwn(errorTable, code) ? (code as ErrorCode) : 'internal'];
}
