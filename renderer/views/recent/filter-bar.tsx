/** Narrows the list by agent, outcome and application. */

import { OutcomeOptions } from '../../parts/outcome-options.tsx';
import type { RecentFilter } from './recent-list.ts';

interface Props {
  readonly filter: RecentFilter;
  readonly applications: readonly string[];
  readonly onChange: (filter: RecentFilter) => void;
}

/** Leaves out the members that do not narrow. */
function narrowed(filter: { [Name in keyof RecentFilter]?: RecentFilter[Name] | '' }): RecentFilter {
  return Object.fromEntries(
    Object.entries(filter).filter(([, value]) => value !== '' && value !== undefined),
  );
}

/** Each change takes effect at once. */
export function FilterBar({ filter, applications, onChange }: Props) {
  return (
    <search class="filters">
      <label class="filter grow">
        <span class="visually-hidden">Agent</span>
        <input
          type="search"
          placeholder="Agent’s user id"
          maxLength={64}
          spellcheck={false}
          value={filter.userId ?? ''}
          onInput={({ currentTarget }) =>
            onChange(narrowed({ ...filter, userId: currentTarget.value.trim() }))
          }
        />
      </label>
      <label class="filter">
        <span class="visually-hidden">Outcome</span>
        <select
          value={filter.status ?? ''}
          onChange={({ currentTarget }) =>
            onChange(narrowed({ ...filter, status: currentTarget.value as RecentFilter['status'] | '' }))
          }
        >
          <OutcomeOptions any="Any outcome" />
        </select>
      </label>
      {(applications.length > 1 || filter.application) && (
        <label class="filter">
          <span class="visually-hidden">Application</span>
          <select
            value={filter.application ?? ''}
            onChange={({ currentTarget }) =>
              onChange(narrowed({ ...filter, application: currentTarget.value }))
            }
          >
            <option value="">Any application</option>
            {applications.map((id) => (
              <option key={id}>{id}</option>
            ))}
          </select>
        </label>
      )}
    </search>
  );
}
