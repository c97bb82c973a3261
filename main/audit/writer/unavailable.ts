/** What is said of a log that cannot be written. */
import { fileCause } from '../../../shared/file-cause.ts';
import { errorBecause, PopError } from '../../pipeline/errors.ts';

/** What a caller hears whose entry is not in the log. */
export function unavailable(cause: unknown): PopError {
  if (cause instanceof PopError) return cause;
  const because = fileCause(cause, 'the audit log');
  if (because) return errorBecause('audit_unavailable', because, { cause });
  const { code, message } = cause as NodeJS.ErrnoException;
  return new PopError('audit_unavailable', `the audit log cannot be written: ${code ?? message}`, { cause });
}

/** Passes on each fault once, however often it shows, and null when it is over. */
export function createFaultTeller(onFault: (fault: PopError | null) => void) {
  let told: string | null = null;
  return (fault: PopError | null): void => {
    const message = fault?.message ?? null;
    if (message !== told) onFault(fault);
    told = message;
  };
}
