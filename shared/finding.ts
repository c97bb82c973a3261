/** What doctor has found of one thing. */
import * as z from 'zod';
import { sayCause } from './causes.ts';
import { fileCause } from './file-cause.ts';

export const findingSchema = z.object({
  check: z.string(),
  verdict: z.enum(['ok', 'note', 'fault']),
  detail: z.string().describe('For people: what is, and where it is a fault what to do.'),
});

export type Finding = z.infer<typeof findingSchema>;

export type Result = Omit<Finding, 'check'>;

export const ok = (detail: string): Result => ({ verdict: 'ok', detail });
export const note = (detail: string): Result => ({ verdict: 'note', detail });
export const fault = (detail: string): Result => ({ verdict: 'fault', detail });

/** Makes each check, in order; one that throws has found a fault, and the next one is made all the same. */
export async function makeChecks<Premises>(
  checks: Readonly<Record<string, (premises: Premises) => Promise<Result> | Result>>,
  premises: Premises,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [check, run] of Object.entries(checks)) {
    try {
      findings.push({ check, ...(await run(premises)) });
    } catch (error) {
      const cause = fileCause(error);
      findings.push({ check, ...fault(cause ? sayCause(cause) : (error as Error).message) });
    }
  }
  return findings;
}
