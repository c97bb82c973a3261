/** The app's state at a glance, and the off switch. */
import { hrefOf } from '../data/address.ts';
import { type Status, useStore } from '../data/store.ts';
import { formatCount } from '../format.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { PauseMenu } from './pause-menu.tsx';

interface State {
  readonly icon: IconName;
  readonly word: string;
  readonly tone: 'ok' | 'warn' | 'bad' | 'busy';
}

function stateOf(status: Status): State {
  if (status.auditFault) return { icon: 'failed', word: 'Degraded', tone: 'bad' };
  if (status.audit.tampered) return { icon: 'warning', word: 'Tampered log', tone: 'bad' };
  if (!status.isConfigured) return { icon: 'unknown', word: 'Not configured', tone: 'warn' };
  if (status.pausedUntil !== null) return { icon: 'pause', word: 'Paused', tone: 'warn' };
  if (status.underWay > 0) return { icon: 'underWay', word: `Delivering ${status.underWay}`, tone: 'busy' };
  if (status.settingsFault || status.spaceWarning) return { icon: 'warning', word: 'Degraded', tone: 'warn' };
  return { icon: 'delivered', word: 'Ready', tone: 'ok' };
}

function sayWhence({ userId, from }: Status['agent']): string {
  return `${userId}, by ${from === 'environment' ? 'POPTRAY_AGENT' : 'the settings'}: triggers that name nobody are for this agent`;
}

/** State, destination, agent, today’s counts and the pause control. */
export function Header() {
  const store = useStore();
  const status = store.status.value;
  const state = status && stateOf(status);
  const isLive = store.connection.value === 'live' || store.connection.value === 'connecting';
  return (
    <header class="header">
      <a class="brand" href="#/pops">
        <img src="./icon.svg" alt="" width="24" height="24" />
        <span>poptray</span>
      </a>
      {state && isLive && (
        <p class={`chip chip-${state.tone}`}>
          <Icon name={state.icon} />
          <span>{state.word}</span>
        </p>
      )}
      {!isLive && (
        <p class="chip chip-bad">
          <Icon name="warning" />
          <span>Offline</span>
        </p>
      )}
      {status && (
        <p class="header-facts">
          <span class="header-destination" title={status.destination}>
            {status.destination}
          </span>
          {status.agent.userId !== null && (
            <a class="header-agent" href={hrefOf('settings')} title={sayWhence(status.agent)}>
              <span class="muted">Agent</span> {status.agent.name ?? status.agent.userId}
            </a>
          )}
          <span class="header-today">
            <span class="muted">Today</span> <strong>{formatCount(status.today.delivered)}</strong> delivered,{' '}
            <strong class={status.today.failed > 0 ? 'bad' : ''}>{formatCount(status.today.failed)}</strong>{' '}
            failed
          </span>
        </p>
      )}
      {status && <PauseMenu isPaused={status.pausedUntil !== null} />}
      {status && store.signOut && (
        <button type="button" class="button quiet sign-out" title="Sign out" onClick={store.signOut}>
          <Icon name="signOut" /> <span>Sign out</span>
        </button>
      )}
    </header>
  );
}
