/** The members of an entry that say something. */
import type { ComponentChildren } from 'preact';
import type { AuditEntry } from '../../../shared/audit.ts';
import { sayChange } from '../../../shared/say-change.ts';
import { sayDestinations } from '../../../shared/say-destinations.ts';

const labels: Partial<Record<keyof AuditEntry, string>> = {
  userId: 'Agent',
  application: 'Application',
  target: 'Page',
  destination: 'Destination',
  destinations: 'Destinations',
  endpoint: 'Sent to',
  attempts: 'Attempts',
  client: 'Sent by',
  idempotencyKey: 'Idempotency key',
  popId: 'Pop id',
  correlationId: 'Destination’s call id',
  detail: 'Detail',
  change: 'Change',
  seq: 'Log entry',
};

function shown(entry: AuditEntry, name: keyof AuditEntry): ComponentChildren {
  if (name === 'change') return entry.change && sayChange(entry.change);
  if (name === 'destinations') return entry.destinations && sayDestinations(entry.destinations);
  const value = entry[name];
  if (value === null || (name === 'attempts' && value === 0)) return null;
  return typeof value === 'number' ? `${name === 'seq' ? '#' : ''}${value}` : String(value);
}

/** Those that are null are left out. */
export function EntryFacts({ entry }: { entry: AuditEntry }) {
  const facts = (Object.keys(labels) as (keyof AuditEntry)[])
    .map((name) => ({ name, value: shown(entry, name) }))
    .filter(({ value }) => value !== null);
  return (
    <dl class="facts">
      {facts.map(({ name, value }) => (
        <div key={name}>
          <dt>{name === 'endpoint' && entry.type === 'refused' ? 'Received at' : labels[name]}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
