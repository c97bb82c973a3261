/** Which of its five faces the tray shows, and what it says when the mouse rests on it. */
import type { ApiResponse } from '../../shared/api.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { nameOfTrouble } from '../../shared/say-trouble.ts';

export type Status = ApiResponse<'status'>;

export const trayStates = ['ready', 'delivering', 'degraded', 'paused', 'not-configured'] as const;
export type TrayState = (typeof trayStates)[number];

/** Windows cuts a tooltip here, in characters. */
const TOOLTIP_MAX = 127;

const WORDS: Readonly<Record<TrayState, string>> = {
  ready: 'ready',
  delivering: 'delivering',
  degraded: 'in trouble',
  paused: 'paused',
  'not-configured': 'not configured',
};

/** What keeps pops from being shown wins over what happened to the last one, and a log that was tampered with over a pause. */
export function trayStateOf(status: Status, lastPop: AuditEntry | undefined, now: number): TrayState {
  if (!status.isConfigured) return 'not-configured';
  if (status.auditFault !== null || status.audit.tampered !== null) return 'degraded';
  if (isPaused(status, now)) return 'paused';
  if (status.underWay > 0) return 'delivering';
  const hasTrouble =
    status.settingsFault !== null || status.spaceWarning !== null || status.troubles.length > 0;
  return lastPop?.status === 'failed' || hasTrouble ? 'degraded' : 'ready';
}

/** Whether pops are held back at `now`, also when nobody has said yet that the pause is over. */
export function isPaused({ pausedUntil }: Status, now: number): boolean {
  return pausedUntil === 'until-resumed' || (pausedUntil !== null && pausedUntil > now);
}

/** State, last pop and today's counts; never who called or who was called. */
export function tooltipOf(status: Status, lastPop: AuditEntry | undefined, now: number): string {
  const { delivered, failed } = status.today;
  const lines = [
    `poptray: ${WORDS[trayStateOf(status, lastPop, now)]}${status.isSimulated ? ' (simulated)' : ''}`,
    ...(status.audit.tampered === null ? [] : ['The audit log was tampered with']),
    ...troubleWords(status),
    lastPop ? `Last pop: ${popLabel(lastPop)}` : 'No pop yet',
    `Today: ${delivered} delivered, ${failed} failed`,
  ];
  return lines.join('\n').slice(0, TOOLTIP_MAX);
}

/** What is in trouble: one by its name, more by their number. */
export function troubleWords({ troubles }: Status): string[] {
  const [first, ...others] = troubles;
  if (!first) return [];
  const name = nameOfTrouble(first);
  return [others.length === 0 ? `In trouble: ${name}` : `In trouble: ${name} and ${others.length} more`];
}

/** One pop in a line: when, how it ended, how long it took. */
export function popLabel({ timestamp, status, latencyMs }: AuditEntry): string {
  const took = status === 'delivered' && latencyMs !== null ? `, ${Math.round(latencyMs)} ms` : '';
  return `${timeOfDay(Date.parse(timestamp))} ${status ?? 'unknown'}${took}`;
}

/** Hours and minutes on this machine's clock. */
export function timeOfDay(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}
