/** Audit history: how every pop and refusal ended, searchable, exportable, verifiable. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { AuditEntry } from '../../../shared/audit.ts';
import type { ExportFormat } from '../../../shared/export-formats.ts';
import { plural } from '../../../shared/plural.ts';
import { useStore } from '../../data/store.ts';
import { useAnswer } from '../../data/use-answer.ts';
import { formatCount } from '../../format.ts';
import { Banner } from '../../parts/banner.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Empty, Failure, failureText, Loading } from '../../parts/states.tsx';
import type { CallFailure } from '../../transport.ts';
import { Story } from '../story/story.tsx';
import { type AuditSearch, filterOf, NO_SEARCH } from './audit-filter.ts';
import { AuditList } from './audit-list.tsx';
import { createAuditPages } from './audit-pages.ts';
import { SearchBar } from './search-bar.tsx';
import { useNewEntries } from './use-new-entries.ts';
import { useVerify, VerifyResult } from './verify-chain.tsx';

const formats: Record<ExportFormat, string> = { csv: 'CSV', jsonl: 'JSON Lines', ocsf: 'OCSF' };
/** How long typing rests before the log is searched, in milliseconds. */
const PAUSE_MS = 200;

/** The list stands still while new entries arrive; a press shows them. */
export function AuditHistory() {
  const store = useStore();
  const [search, setSearch] = useState<AuditSearch>(NO_SEARCH);
  const [query, setQuery] = useState({ search: NO_SEARCH, at: Date.now() });
  const [chosen, setChosen] = useState<AuditEntry>();
  const [unsaved, setUnsaved] = useState<CallFailure>();
  const [verify, startVerify] = useVerify();
  const settings = useAnswer('settingsGet', {});
  const generation = store.generation.value;

  useEffect(() => {
    const timer = setTimeout(
      () => setQuery((before) => (before.search === search ? before : { search, at: Date.now() })),
      PAUSE_MS,
    );
    return () => clearTimeout(timer);
  }, [search]);

  const filter = filterOf(query.search);
  const isNarrowed = Object.keys(filter).length > 0;
  // A query is known by its object; and all is asked anew after a reconnection
  const pages = useMemo(() => {
    const to = Math.min(filter.to ?? Number.POSITIVE_INFINITY, query.at);
    const made = createAuditPages(store, { ...filter, to });
    made.need(0, 0);
    return made;
  }, [store, query, generation]);
  const fresh = useNewEntries(store, filter, pages);
  const total = pages.total.value;
  const download = async (format: ExportFormat) =>
    setUnsaved((await store.download(format, filter)) ?? undefined);
  const refresh = () => setQuery({ search: query.search, at: Date.now() });

  return (
    <div class="audit-view">
      <div class="view-head">
        <h1>Audit history</h1>
        <p class="muted">
          {total !== undefined && plural(total, 'entry', 'entries')}{' '}
          {isNarrowed && (
            <button type="button" class="link" onClick={() => setSearch(NO_SEARCH)}>
              Clear
            </button>
          )}
        </p>
        <div class="actions view-actions">
          <button
            type="button"
            class="button"
            aria-disabled={verify.kind === 'running'}
            onClick={() => verify.kind !== 'running' && startVerify()}
          >
            <Icon name="lock" /> Verify
          </button>
          {(Object.keys(formats) as ExportFormat[]).map((format) => (
            <button key={format} type="button" class="button" onClick={() => download(format)}>
              <Icon name="download" /> {formats[format]}
            </button>
          ))}
        </div>
      </div>
      <div class="banners">
        <VerifyResult state={verify} />
        {unsaved && (
          <Banner tone="bad" icon="failed">
            <strong>Not exported.</strong> {failureText(unsaved)}
          </Banner>
        )}
      </div>
      {(total !== 0 || isNarrowed) && (
        <SearchBar
          search={search}
          applications={settings.value?.settings.applications.map(({ id }) => id) ?? []}
          onChange={setSearch}
        />
      )}
      {fresh > 0 && (
        <div class="new-pill">
          <button type="button" class="button primary" onClick={refresh}>
            <Icon name="up" /> {formatCount(fresh)} new
          </button>
        </div>
      )}
      {pages.failure.value && total === undefined ? (
        <Failure failure={pages.failure.value} onRetry={refresh} />
      ) : total === undefined ? (
        <Loading rows={12} />
      ) : total === 0 ? (
        isNarrowed ? (
          <Empty icon="search" title="No entry fits">
            <button type="button" class="button" onClick={() => setSearch(NO_SEARCH)}>
              Clear the search
            </button>
          </Empty>
        ) : (
          <Empty icon="audit" title="Nothing yet">
            Every pop and every refused request will stand here, and in a log that cannot be changed unseen.
          </Empty>
        )
      ) : (
        <AuditList key={query.at} pages={pages} total={total} onOpen={setChosen} />
      )}
      {chosen && <Story popId={chosen.popId} entry={chosen} onClose={() => setChosen(undefined)} />}
    </div>
  );
}
