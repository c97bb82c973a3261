/** What doctor finds of this machine's clock. */
import { makeCause, sayCause } from '../../shared/causes.ts';
import { sayClockOff } from '../../shared/clock-off.ts';
import { fault, note, ok, type Result } from '../../shared/finding.ts';
import type { ClockCheck } from '../platform/clock-check.ts';

/** What a receiver of webhooks must be able to rely on; in milliseconds. */
const CLOCK_TOLERANCE_MS = 60_000;

export async function checkClock({ measure }: Pick<ClockCheck, 'measure'>): Promise<Result> {
  const measured = await measure();
  if (!measured)
    return note(
      'nobody has told the right time: no server has replied over TLS, and the system does not say that its clock is kept right',
    );
  const { aheadMs, than } = measured;
  if (Math.abs(aheadMs) <= CLOCK_TOLERANCE_MS) return ok(`within a minute of ${than}`);
  return fault(sayCause(makeCause('clock_off', { off: `it is ${sayClockOff(aheadMs)} ${than}` })));
}
