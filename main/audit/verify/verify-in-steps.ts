/** Judges a log, while poptray may be writing it: this process, or another. */
import { scheduler, setTimeout } from 'node:timers/promises';
import type { Evidence } from '../checkpoints/evidence.ts';
import { isLogLocked } from '../format/lock.ts';
import { isGone } from '../format/open-file.ts';
import type { LogLine } from '../format/segments.ts';
import { UNJUDGED, type Verdict, verifySteps } from './verify.ts';

/** A line that a writer has not finished for so many milliseconds will not be finished. */
const PATIENCE_MS = 10_000;
const PAUSE_MS = 5;
/** Retention removes segments every few hours: not twice while a log is read. */
const TRIES = 3;

export interface Verified {
  readonly verdict: Verdict;
  readonly evidence: Evidence | undefined;
}

/**
 * Lets pops pass while it reads. `onProgress` hears how many entries have been checked; `pace` is waited for after each
 * step. Rejects with what `gather` and `pace` reject with and what the file system throws.
 */
export async function verifyInSteps(
  dir: string,
  gather: () => Promise<Evidence | undefined>,
  onProgress: (entries: number) => void = () => {},
  pace: () => Promise<void> = () => scheduler.yield(),
): Promise<Verified> {
  for (let left = TRIES; ; left -= 1) {
    const evidence = await gather();
    if (!evidence) return { verdict: UNJUDGED, evidence };
    try {
      return { verdict: await verify(dir, evidence, onProgress, pace), evidence };
    } catch (error) {
      // Retention has just removed a segment: the log says so by now.
      if (!isGone(error) || left === 1) throw error;
    }
  }
}

async function verify(
  dir: string,
  evidence: Evidence,
  onProgress: (entries: number) => void,
  pace: () => Promise<void>,
): Promise<Verdict> {
  const steps = verifySteps(dir, evidence);
  const mayGrow = createPatience(dir);
  try {
    for (let step = steps.next(); ; ) {
      if (step.done) return step.value;
      const { entries, unfinished } = step.value;
      if (!unfinished) onProgress(entries);
      await pace();
      step = steps.next(unfinished && (await mayGrow(unfinished)));
    }
  } finally {
    // Closes the segment that is being read when `pace` has ended it.
    steps.return(UNJUDGED);
  }
}

/** Whether an unfinished line may yet be finished, after a pause: somebody is writing the log, or was when it was read. */
function createPatience(dir: string): (line: LogLine) => Promise<boolean> {
  let seen = '';
  let isWritten = true;
  let until = 0;
  return async ({ segment, offset, bytes }) => {
    const what = [segment, offset, bytes.length].join();
    if (what !== seen) until = performance.now() + PATIENCE_MS;
    else if (!isWritten || performance.now() > until) return false;
    seen = what;
    isWritten = isLogLocked(dir);
    if (isWritten) await setTimeout(PAUSE_MS);
    return true;
  };
}
