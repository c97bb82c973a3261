/** What the workstation has not been told. */
import type { CauseRow } from './cause-row.ts';

export const workstationCauses = {
  agent_unknown: {
    says: 'The trigger names no agent (userId), and this workstation does not know who works here.',
    wayOut:
      'Tell it once: in the settings of the dashboard under “Agent”, as POPTRAY_AGENT, or with this command. Or have the phone send userId.',
    commands: {
      posix: 'poptray agent set USER_ID',
      powershell: 'poptray agent set USER_ID',
      cmd: 'poptray agent set USER_ID',
    },
  },
} as const satisfies Record<string, CauseRow>;
