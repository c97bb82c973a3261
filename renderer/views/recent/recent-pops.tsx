/** Recent pops, live. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { AuditEntry } from '../../../shared/audit.ts';
import { plural } from '../../../shared/plural.ts';
import { hrefOf } from '../../data/address.ts';
import { route } from '../../data/route.ts';
import { useStore } from '../../data/store.ts';
import { useAnswer } from '../../data/use-answer.ts';
import { formatCount } from '../../format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { Story } from '../story/story.tsx';
import { FilterBar } from './filter-bar.tsx';
import { PopTable } from './pop-table.tsx';
import { createRecentList, type RecentFilter } from './recent-list.ts';
import { useHold } from './use-hold.ts';

/** The list, its filter, and the story of the pop that was chosen. */
export function RecentPops() {
  const store = useStore();
  const list = useMemo(() => createRecentList(store), [store]);
  const [filter, setFilter] = useState<RecentFilter>({});
  const [refusal, setRefusal] = useState<AuditEntry>();
  const table = useRef<HTMLDivElement>(null);
  const settings = useAnswer('settingsGet', {});
  const generation = store.generation.value;
  const popId = route.value.view === 'pops' ? route.value.argument : null;
  const entries = list.entries.value;
  const isFiltered = Object.keys(filter).length > 0;
  const isEmpty = entries?.length === 0 && !isFiltered;

  useEffect(() => list.follow(), [list]);
  // Loads again after a reconnection
  useEffect(() => {
    void list.load(filter);
  }, [list, filter, generation]);
  useHold(table, list);

  const open = (entry: AuditEntry) => {
    if (entry.type === 'refused') setRefusal(entry);
    else location.hash = hrefOf('pops', entry.popId ?? '');
  };
  const close = () => {
    setRefusal(undefined);
    if (popId !== null) location.hash = hrefOf('pops');
  };
  const showNew = () => {
    list.release();
    scrollTo({ top: 0 });
  };

  return (
    <>
      <div class="view-head">
        <h1>Recent pops</h1>
        <p class="muted">
          {entries &&
            !isEmpty &&
            plural(list.total.value, isFiltered ? 'match' : 'pop', isFiltered ? 'matches' : 'pops')}
        </p>
      </div>
      {!isEmpty && (
        <FilterBar
          filter={filter}
          applications={settings.value?.settings.applications.map(({ id }) => id) ?? []}
          onChange={setFilter}
        />
      )}
      {list.held.value.length > 0 && (
        <div class="new-pill">
          <button type="button" class="button primary" onClick={showNew}>
            <Icon name="up" /> {formatCount(list.held.value.length)} new
          </button>
        </div>
      )}
      <div ref={table}>
        {list.failure.value && !entries ? (
          <Failure failure={list.failure.value} onRetry={() => list.load(filter)} />
        ) : !entries ? (
          <Loading rows={8} />
        ) : entries.length > 0 ? (
          <PopTable entries={entries} onOpen={open} />
        ) : isFiltered ? (
          <Empty icon="search" title="No pop fits this filter">
            <button type="button" class="button" onClick={() => setFilter({})}>
              Clear the filter
            </button>
          </Empty>
        ) : (
          <Empty icon="pops" title="No pops yet">
            <p>They appear here by themselves as soon as a softphone sends a trigger.</p>
            <a class="button" href={hrefOf('test')}>
              Send a test pop
            </a>
          </Empty>
        )}
      </div>
      {entries && entries.length > 0 && entries.length < list.total.value && (
        <p class="more">
          {entries.length < 500 ? (
            <button type="button" class="button" disabled={list.isLoadingMore.value} onClick={list.loadMore}>
              Show older
            </button>
          ) : (
            <a href={hrefOf('audit')}>The rest is in the audit history</a>
          )}
        </p>
      )}
      {(popId !== null || refusal) && (
        <Story key={popId ?? refusal?.seq} popId={popId} entry={refusal} onClose={close} />
      )}
    </>
  );
}
