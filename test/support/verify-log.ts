/** Verifies a log that nobody writes, at once. */
import type { Evidence } from '../../main/audit/checkpoints/evidence.ts';
import { type Verdict, verifySteps } from '../../main/audit/verify/verify.ts';

export function verifyLog(dir: string, evidence: Evidence): Verdict {
  const steps = verifySteps(dir, evidence);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
