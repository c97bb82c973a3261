/** What the command has changed, for the audit log: a poptray that runs takes it within a second, another one when it starts. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ChangeFacts } from '../../shared/change.ts';
import type { Host } from '../app/bootstrap.ts';
import { noteChange } from '../audit/changes/change-notes.ts';
import { openStanding, putVerdict } from '../audit/verify/standing.ts';
import type { Verdict } from '../audit/verify/verify.ts';
import { COMMAND_CLIENT } from '../endpoint/local-tokens.ts';
import { systemUser } from '../platform/system-user.ts';
import { complain } from './terminal.ts';

/** Says so when it cannot: what was done stands. */
export function putOnRecord({ dataDir, clock }: Host, facts: ChangeFacts): void {
  try {
    noteChange(dataDir, { client: COMMAND_CLIENT, by: systemUser() }, facts, clock.now());
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    complain(`This could not be put on record: ${code ?? message}.`);
  }
}

/** What was found of the log stands here from now on; says so when it cannot. */
export function stand({ dataDir, clock }: Host, verdict: Verdict): void {
  try {
    putVerdict(openStanding(dataDir), verdict, clock.now());
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    complain(`The verdict could not be kept: ${code ?? message}.`);
  }
}

/** Whether a poptray lives there: an auditor's copy of its log stays as it is. */
export function isHome({ dataDir }: Host): boolean {
  return existsSync(join(dataDir, 'tokens.json'));
}
