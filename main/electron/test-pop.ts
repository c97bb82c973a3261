/** The tray's test pop: fired at once on the simulator; else the form, because a real agent must be named. */
import type { Dashboard } from '../api/api.ts';
import type { Notifier } from './notifications.ts';

/** An agent of the simulator's. */
const SAMPLE = {
  userId: '3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b',
  customerData: { customerName: 'Ada Lovelace', caseId: 'C-1' },
  phase: 'manual',
} as const;

export interface TestPopDeps {
  readonly dashboard: Pick<Dashboard, 'call'>;
  readonly notifier: Pick<Notifier, 'say'>;
  readonly openForm: () => void;
  readonly openPop: (popId: string) => void;
}

export async function sendTestPop({ dashboard, notifier, openForm, openPop }: TestPopDeps): Promise<void> {
  const status = await dashboard.call('status', {});
  if (!status.ok || !status.value.isSimulated) return openForm();
  const result = await dashboard.call('popFire', { trigger: SAMPLE });
  if (!result.ok) return notifier.say('The test pop could not be sent', 'The log has the kind of the fault.');
  const answer = result.value;
  // A failed pop has its own notice, from the log.
  if ('code' in answer) {
    if (answer.popId === undefined) notifier.say(answer.title, answer.hint);
    return;
  }
  const { status: outcome, latencyMs, popId } = answer;
  notifier.say(`Test pop ${outcome}`, `On the simulator, in ${Math.round(latencyMs)} ms.`, () =>
    openPop(popId),
  );
}
