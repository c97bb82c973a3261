/** Who checks the audit log here, and puts the verdict on record: the daily check, and doctor. */
import { type RecordChange, verificationMade } from '../../shared/change.ts';
import { startDailyCheck } from '../audit/verify/daily-check.ts';
import type { Verdict } from '../audit/verify/verify.ts';
import { COMMAND_CLIENT } from '../endpoint/local-tokens.ts';
import type { Clock } from '../pipeline/ports.ts';
import type { AuditServices } from './audit-services.ts';

export interface LogChecksDeps {
  readonly auditServices: Pick<AuditServices, 'check' | 'inconsistency' | 'isOpen' | 'standing'>;
  readonly record: RecordChange;
  readonly clock: Clock;
  /** Whether there is nothing else to do. */
  readonly isIdle: () => boolean;
  readonly onFault: (error: unknown) => void;
}

export interface LogChecks {
  /** For doctor: of its checks, which many a script runs often, only one that finds the log tampered with is worth an entry. */
  judge(): Promise<Verdict>;
  /** Resolves when no daily check is under way any more. */
  stop(): Promise<void>;
}

/** Checks once a day from now on. */
export function startLogChecks({ auditServices, record, clock, isIdle, onFault }: LogChecksDeps): LogChecks {
  const dailyCheck = startDailyCheck({
    clock,
    isIdle,
    isOpen: auditServices.isOpen,
    lastAt() {
      const { checked } = auditServices.standing();
      return checked === null ? undefined : Date.parse(checked.at);
    },
    suspicion: auditServices.inconsistency,
    async check(pace) {
      const { verdict } = await auditServices.check(() => {}, pace);
      await record({ client: 'daily-check', by: null }, verificationMade(verdict));
    },
    onFault,
  });
  return {
    async judge() {
      const verdict = await auditServices.check();
      if (verdict.verdict === 'tampered')
        await record({ client: COMMAND_CLIENT, by: null }, verificationMade(verdict.verdict));
      return verdict;
    },
    stop: dailyCheck.stop,
  };
}
