/** What every view shares: the transport, the app's status, the live entries, and the voice of the live region. */
import { type Signal, signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { ApiEvent, ApiRequest, ApiResponse, Operation } from '../../shared/api.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import type { CallResult, Connection, Transport } from '../transport.ts';

export type Status = ApiResponse<'status'>;

export interface DashboardStore {
  call<Name extends Operation>(name: Name, request: ApiRequest<Name>): Promise<CallResult<Name>>;
  /** Resolves with why the log could not be had, or null. */
  readonly download: Transport['download'];
  /** Ends the page's session, and shows nothing any more; undefined where pages have none. */
  readonly signOut: (() => Promise<void>) | undefined;
  /** The id of the page's own session, or null. */
  sessionId(): string | null;
  /** undefined until the first answer; null while none came. */
  readonly status: Signal<Status | null | undefined>;
  readonly connection: Signal<Connection>;
  /** Grows with each reconnection, and when the history is whole again: views that show it load again. */
  readonly generation: Signal<number>;
  readonly announcement: Signal<string>;
  /** Has a screen reader say it, politely. */
  announce(text: string): void;
  /** Returns its unsubscribe. */
  onEvent(listener: (event: ApiEvent) => void): () => void;
  /** Returns its unsubscribe. */
  onEntry(listener: (entry: AuditEntry) => void): () => void;
  stop(): void;
}

/** However many entries come, the status is asked for once in this time, in milliseconds. */
const STATUS_AFTER_MS = 1000;

/** Connects at once. */
export function createStore(transport: Transport): DashboardStore {
  const status = signal<Status | null | undefined>(undefined);
  const connection = signal<Connection>('connecting');
  const generation = signal(0);
  const announcement = signal('');
  const listeners = new Set<(event: ApiEvent) => void>();
  let refresh: ReturnType<typeof setTimeout> | undefined;

  function take(next: Status): void {
    const isWholeAgain = status.value?.rebuilding != null && next.rebuilding === null;
    status.value = next;
    if (isWholeAgain) generation.value += 1;
  }

  const call: DashboardStore['call'] = async (name, request) => {
    const result = await transport.call(name, request);
    return noting(result);
  };

  /** A refused call is how an ended session shows. */
  function noting<T extends { readonly ok?: boolean; readonly code?: string } | null>(result: T): T {
    if (result?.ok === false && result.code === 'forbidden') turn('ended');
    return result;
  }

  function turn(next: Connection): void {
    const now = connection.value;
    // Nothing brings a page back that has no session but a session.
    if (now === 'none' && next !== 'live') return;
    if (now === 'ended' && next === 'lost') return;
    connection.value = now === 'connecting' && next === 'ended' ? 'none' : next;
  }

  async function refreshStatus(): Promise<void> {
    clearTimeout(refresh);
    refresh = undefined;
    const result = await call('status', {});
    if (result.ok) take(result.value);
    else status.value ??= null;
  }

  const unsubscribe = transport.subscribe(
    (event) => {
      if (event.type === 'status') take(event.status);
      // Today's counts follow from entries, whether or not the app tells them by itself.
      if (event.type === 'entry') refresh ??= setTimeout(refreshStatus, STATUS_AFTER_MS);
      for (const listener of listeners) listener(event);
    },
    (next) => {
      const isBack = next === 'live' && !['live', 'connecting'].includes(connection.value);
      turn(next);
      // What happened in between was missed.
      if (isBack) generation.value += 1;
      if (isBack || next === 'lost') void refreshStatus();
    },
  );
  void refreshStatus();

  async function signOut(): Promise<void> {
    connection.value = 'none';
    status.value = undefined;
    await transport.signOut?.();
  }

  const onEvent: DashboardStore['onEvent'] = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };

  return {
    call,
    download: async (format, filter) => noting(await transport.download(format, filter)),
    signOut: transport.signOut && signOut,
    sessionId: () => transport.sessionId?.() ?? null,
    status,
    connection,
    generation,
    announcement,
    announce(text) {
      // The same text twice is said twice.
      announcement.value = announcement.value === text ? `${text}\u00a0` : text;
    },
    onEvent,
    onEntry: (listener) => onEvent((event) => event.type === 'entry' && listener(event.entry)),
    stop() {
      clearTimeout(refresh);
      unsubscribe();
    },
  };
}

/** The store of the page; main.tsx provides it. */
export const StoreContext = createContext<DashboardStore | undefined>(undefined);

/** The store, inside a component. */
export function useStore(): DashboardStore {
  const store = useContext(StoreContext);
  if (!store) throw new Error('no store above this component');
  return store;
}
