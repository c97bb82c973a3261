/** `poptray reset`: closes the case of a log that is not whole, and begins a new one. */
import { Command } from 'commander';
import { plural } from '../../shared/plural.ts';
import { openAuditLog } from '../audit/open-audit-log.ts';
import { hasLog, type Planned, plannedReset, planReset, setUnfitPlanAside } from '../audit/reset/reset.ts';
import type { Verdict } from '../audit/verify/verify.ts';
import { COMMAND_CLIENT } from '../endpoint/local-tokens.ts';
import { systemUser } from '../platform/system-user.ts';
import { askAtTerminal } from './ask.ts';
import { EXIT } from './exit-codes.ts';
import { DATA_DIR, findHost } from './options.ts';
import { CommandFailure, complain, print } from './terminal.ts';

interface Options {
  yes?: boolean;
  dataDir?: string;
}

export function resetCommand(): Command {
  return new Command('reset')
    .description('seal the audit log aside with its verdict, and begin a new one')
    .option('--yes', 'do not ask')
    .option(...DATA_DIR)
    .addHelpText(
      'after',
      '\nFor a log that was tampered with, restored from a backup or deleted. Nothing is destroyed: the old log and its keys are kept\n("audit verify --sealed"), and what must not pop twice goes over. Stop poptray first.',
    )
    .action(reset);
}

async function reset({ yes = false, dataDir }: Options): Promise<void> {
  const host = findHost(dataDir);
  const secrets = await host.secrets();
  const { clock } = host;
  const wasUnfit = setUnfitPlanAside(host.dataDir);
  if (wasUnfit) complain('The file of a reset that was cut short cannot be used: it is put aside.');
  let planned: Pick<Planned, 'sealed'> | undefined = plannedReset(host.dataDir);
  if (planned) complain('A reset was cut short: going on with it.');
  else {
    if (!(await hasLog(host.dataDir, secrets))) {
      if (wasUnfit) return print('There is nothing left to seal: the next start begins a new audit log.');
      throw new CommandFailure(EXIT.failed, 'There is no audit log here yet: nothing to reset.');
    }
    planned = await planReset({
      dataDir: host.dataDir,
      secrets,
      clock,
      actor: { client: COMMAND_CLIENT, by: systemUser() },
      confirm: (verdict) => confirm(verdict, yes),
    });
  }
  if (!planned) throw new CommandFailure(EXIT.failed, 'Nothing was changed.');
  let fault: Error | null = null;
  const auditLog = await openAuditLog({
    dataDir: host.dataDir,
    secrets,
    clock,
    onEntry: () => {},
    onLogFault(found) {
      fault = found;
    },
    onFault: (event) => (error) => complain(`${event}: ${(error as Error).message}`),
  });
  await auditLog.audit.close();
  if (fault) throw fault;
  print(`A new audit log has begun. The old one is in ${planned.sealed}, with its verdict.`);
  print(`"poptray audit verify --sealed ${planned.sealed}" checks it.`);
}

async function confirm(verdict: Verdict, yes: boolean): Promise<boolean> {
  const { fault } = verdict;
  const entries = plural(verdict.entries, 'entry', 'entries');
  complain(
    fault
      ? `The audit log is ${verdict.verdict}, at entry ${fault.seq}: ${fault.reason}; before it ${entries}.`
      : `The audit log is ${verdict.verdict}: ${entries}.`,
  );
  return yes || askAtTerminal('Seal it aside and begin a new one?', 'seals it and begins a new one');
}
