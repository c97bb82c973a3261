/** Search and filter by agent, outcome, application and time. */
import { OutcomeOptions } from '../../parts/outcome-options.tsx';
import type { AuditSearch } from './audit-filter.ts';

interface Props {
  readonly search: AuditSearch;
  readonly applications: readonly string[];
  readonly onChange: (search: AuditSearch) => void;
}

/** Each change takes effect once typing rests. */
export function SearchBar({ search, applications, onChange }: Props) {
  const bind = (name: keyof AuditSearch) => ({
    value: search[name],
    onInput: ({ currentTarget }: { currentTarget: HTMLInputElement | HTMLSelectElement }) =>
      onChange({ ...search, [name]: currentTarget.value.trim() }),
  });
  return (
    <search class="filters">
      <label class="filter grow">
        <span class="filter-label">Agent</span>
        <input {...bind('userId')} type="search" placeholder="User id" maxLength={64} spellcheck={false} />
      </label>
      <label class="filter">
        <span class="filter-label">Outcome</span>
        <select {...bind('status')}>
          <OutcomeOptions any="Any" />
        </select>
      </label>
      <label class="filter">
        <span class="filter-label">Application</span>
        <select {...bind('application')}>
          <option value="">Any</option>
          {applications.map((id) => (
            <option key={id}>{id}</option>
          ))}
        </select>
      </label>
      <div class="filter-pair">
        <label class="filter">
          <span class="filter-label">From</span>
          <input {...bind('from')} type="datetime-local" />
        </label>
        <label class="filter">
          <span class="filter-label">To</span>
          <input {...bind('to')} type="datetime-local" />
        </label>
      </div>
    </search>
  );
}
