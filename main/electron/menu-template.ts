/** The tray's menu as data: what it says in which state, and which action each line asks for. */
import type { MenuItemConstructorOptions } from 'electron';
import type { AuditEntry } from '../../shared/audit.ts';
import { isPaused, popLabel, type Status, timeOfDay, troubleWords } from './tray-state.ts';

export interface MenuModel {
  readonly status: Status;
  /** Newest first. */
  readonly pops: readonly AuditEntry[];
  readonly now: number;
  /** Programs that wait for the user's yes, in words. */
  readonly callers: readonly string[];
}

export interface MenuActions {
  openDashboard(): void;
  openPop(popId: string): void;
  /** Puts the question about the first of the callers. */
  answerCaller(): void;
  sendTestPop(): void;
  /** Minutes; null resumes. */
  pause(length: number | 'until-resumed' | null): void;
  copyAddress(): void;
  openSettings(): void;
  about(): void;
  quit(): void;
}

const SEPARATOR: MenuItemConstructorOptions = { type: 'separator' };

/** A shape for each outcome, because a menu has no colours to rely on. */
const MARKS: Readonly<Record<string, string>> = {
  delivered: '✓',
  failed: '✗',
  suppressed: '–',
  expired: '–',
};

/** The whole menu; lines that only say something are disabled. */
export function menuTemplate(model: MenuModel, actions: MenuActions): MenuItemConstructorOptions[] {
  const { status, pops } = model;
  return [
    ...model.callers.slice(0, 1).map((caller) => ({
      label: `${caller} wants to show pops…`,
      click: actions.answerCaller,
    })),
    ...notices(model).map((label) => ({ label, enabled: false })),
    { label: 'Open dashboard', click: actions.openDashboard },
    SEPARATOR,
    ...(pops.length === 0 ? [{ label: 'No pops yet', enabled: false }] : pops.map(popLine)),
    SEPARATOR,
    { label: 'Send a test pop', click: actions.sendTestPop, enabled: status.isConfigured },
    ...pauseLines(model, actions),
    SEPARATOR,
    { label: 'Copy endpoint address', click: actions.copyAddress, enabled: status.addresses.length > 0 },
    { label: agentLabel(status), click: actions.openSettings },
    { label: 'Settings…', click: actions.openSettings },
    { label: 'About poptray', click: actions.about },
    { label: 'Quit', click: actions.quit },
  ];

  function popLine(pop: AuditEntry): MenuItemConstructorOptions {
    const label = `${MARKS[pop.status ?? ''] ?? '?'} ${popLabel(pop)}`;
    return { label, click: () => actions.openPop(pop.popId ?? '') };
  }
}

function agentLabel({ agent }: Status): string {
  return agent.userId === null ? 'Who works here?…' : `Agent: ${agent.name ?? agent.userId}…`;
}

function notices({ status, now }: MenuModel): string[] {
  const { pausedUntil } = status;
  return [
    status.isSimulated ? 'Simulated: no agent sees these pops' : undefined,
    status.portInsteadOf === null
      ? undefined
      : `Port ${URL.parse(status.addresses[0] ?? '')?.port}: ${status.portInsteadOf} is taken`,
    status.isConfigured ? undefined : 'Not configured: open the settings',
    status.auditFault === null ? undefined : 'Nothing is delivered: the dashboard says why',
    status.audit.tampered === null ? undefined : 'The audit log was tampered with: the dashboard says more',
    status.spaceWarning === null ? undefined : 'The disk is almost full: the dashboard says more',
    status.settingsFault === null ? undefined : 'The settings file is broken: its last good copy counts',
    ...troubleWords(status).map((words) => `${words}: the dashboard says why`),
    status.secretsWarning === null ? undefined : 'Secrets are kept in a file',
    !isPaused(status, now)
      ? undefined
      : typeof pausedUntil === 'number'
        ? `Paused until ${timeOfDay(pausedUntil)}`
        : 'Paused until you resume',
  ].filter((notice) => notice !== undefined);
}

function pauseLines({ status, now }: MenuModel, { pause }: MenuActions): MenuItemConstructorOptions[] {
  if (isPaused(status, now)) return [{ label: 'Resume pops', click: () => pause(null) }];
  return [
    {
      label: 'Pause pops',
      submenu: [
        { label: 'For 15 minutes', click: () => pause(15) },
        { label: 'For 1 hour', click: () => pause(60) },
        { label: 'Until I resume', click: () => pause('until-resumed') },
      ],
    },
  ];
}
