/** The state of Recent pops: loaded pages, live entries on top, and those held back while a person reads. */
import { type Signal, signal } from '@preact/signals';
import type { AuditEntry } from '../../../shared/audit.ts';
import type { DashboardStore } from '../../data/store.ts';
import type { AuditFilter, CallFailure } from '../../transport.ts';

const PAGE = 50;
/** Beyond this the audit history is the better place. */
const MOST = 500;

export type RecentFilter = Pick<AuditFilter, 'userId' | 'application' | 'status'>;

export interface RecentList {
  /** Newest first; undefined until the first answer. */
  readonly entries: Signal<readonly AuditEntry[] | undefined>;
  readonly held: Signal<readonly AuditEntry[]>;
  readonly total: Signal<number>;
  readonly failure: Signal<CallFailure | undefined>;
  readonly isLoadingMore: Signal<boolean>;
  load(filter: RecentFilter): Promise<void>;
  loadMore(): Promise<void>;
  /** While it says so, new entries are held back. */
  hold(isHeld: boolean): void;
  /** Shows what is held back. */
  release(): void;
  /** Returns its unsubscribe. */
  follow(): () => void;
}

/** A list that follows the store's live entries once `follow` was called. */
export function createRecentList(store: DashboardStore): RecentList {
  const entries = signal<readonly AuditEntry[] | undefined>(undefined);
  const held = signal<readonly AuditEntry[]>([]);
  const total = signal(0);
  const failure = signal<CallFailure | undefined>(undefined);
  const isLoadingMore = signal(false);
  let filter: RecentFilter = {};
  let isHeld = false;
  let run = 0;

  const query = (offset: number) =>
    store.call('auditQuery', { filter: { ...filter, types: ['result', 'refused'] }, offset, limit: PAGE });

  async function load(next: RecentFilter): Promise<void> {
    filter = next;
    const mine = ++run;
    const result = await query(0);
    if (mine !== run) return;
    failure.value = result.ok ? undefined : result;
    if (!result.ok) return;
    entries.value = result.value.entries;
    total.value = result.value.total;
    held.value = [];
  }

  async function loadMore(): Promise<void> {
    const shown = entries.value ?? [];
    const mine = run;
    isLoadingMore.value = true;
    const ended = [...shown, ...held.value].filter(({ type }) => type !== 'intent').length;
    const result = await query(ended);
    isLoadingMore.value = false;
    if (mine !== run || !result.ok) return;
    const known = new Set([...(entries.value ?? []), ...held.value].map(({ seq }) => seq));
    entries.value = [
      ...(entries.value ?? []),
      ...result.value.entries.filter(({ seq }) => !known.has(seq)),
    ].slice(0, MOST);
  }

  function take(entry: AuditEntry): void {
    if (!['intent', 'result', 'refused'].includes(entry.type) || !fits(entry, filter)) return;
    if (entry.type !== 'intent') total.value += 1;
    const isSame = (other: AuditEntry) => other.popId !== null && other.popId === entry.popId;
    const replace = (list: readonly AuditEntry[]) =>
      list.map((other) => (isSame(other) && other.type === 'intent' ? entry : other));
    // A result takes the place of its intent, wherever that stands.
    if (entries.value?.some(isSame)) entries.value = replace(entries.value);
    else if (held.value.some(isSame)) held.value = replace(held.value);
    else if (isHeld) held.value = [entry, ...held.value];
    else if (entries.value) entries.value = [entry, ...entries.value].slice(0, MOST);
  }

  function release(): void {
    if (held.value.length === 0) return;
    entries.value = [...held.value, ...(entries.value ?? [])].slice(0, MOST);
    held.value = [];
  }

  return {
    entries,
    held,
    total,
    failure,
    isLoadingMore,
    load,
    loadMore,
    hold(next) {
      isHeld = next;
      if (!next) release();
    },
    release,
    follow: () => store.onEntry(take),
  };
}

function fits(entry: AuditEntry, { userId, application, status }: RecentFilter): boolean {
  return (
    (userId === undefined || (entry.userId ?? '').startsWith(userId)) &&
    (application === undefined || entry.application === application) &&
    (status === undefined || entry.status === status)
  );
}
