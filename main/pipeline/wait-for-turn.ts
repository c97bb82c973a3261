/** Waits until a trigger may pop, no longer than its own time: contract §1a. */
import type { Admitted } from './admit.ts';
import type { Turn } from './call.ts';
import type { PlaceInCall } from './calls.ts';
import type { Clock } from './ports.ts';

/** Its turn; `late` when its time ran out before that, so that it has left its place. At once where nothing is under way. */
export function waitForTurn(
  place: Pick<PlaceInCall, 'ask' | 'leave'>,
  { trigger, receivedAt }: Admitted,
  totalDeadlineMs: number,
  clock: Clock,
): Turn | Promise<Turn | 'late'> {
  let turn: Turn | undefined;
  let onTurn = (given: Turn) => {
    turn = given;
  };
  place.ask((given) => onTurn(given));
  if (turn) return turn;

  return new Promise((resolve) => {
    let cancel = () => {};
    onTurn = (given) => {
      cancel();
      resolve(given);
    };
    const watch = () => {
      const left = timeLeft();
      if (left > 0) {
        cancel = clock.after(left, watch);
        return;
      }
      place.leave();
      resolve('late');
    };
    watch();
  });

  function timeLeft(): number {
    const untilDeadline = receivedAt + totalDeadlineMs - clock.monotonic();
    const { expiresAt } = trigger;
    return expiresAt === undefined
      ? untilDeadline
      : Math.min(untilDeadline, Date.parse(expiresAt) - clock.now());
  }
}
