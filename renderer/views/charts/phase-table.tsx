import { formatMs } from '../../format.ts';
import type { Stats } from './use-stats.ts';

const phases = {
  queue: { word: 'Queue', note: 'checks, signing, and the record on disk' },
  token: { word: 'Token', note: 'waiting for access' },
  delivery: { word: 'Delivery', note: 'attempts and the waits between' },
} as const;

/** Where the time goes: a table that draws its bars itself. */
export function PhaseTable({ phases: stats }: { phases: Stats['phases'] }) {
  const longest = Math.max(...Object.values(stats).map((quantiles) => quantiles?.p95 ?? 0)) || 1;
  return (
    <section class="card" aria-label="By phase">
      <h2>By phase</h2>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Phase</th>
            <th scope="col" class="col-number">
              p50
            </th>
            <th scope="col" class="col-number">
              p95
            </th>
            <th scope="col" class="col-number">
              p99
            </th>
          </tr>
        </thead>
        {(Object.keys(phases) as (keyof typeof phases)[]).map((name) => {
          const quantiles = stats[name];
          return (
            <tbody key={name}>
              <tr>
                <th scope="row">
                  {phases[name].word} <span class="muted phase-note">{phases[name].note}</span>
                </th>
                {(['p50', 'p95', 'p99'] as const).map((quantile) => (
                  <td key={quantile} class="col-number">
                    {quantiles ? formatMs(quantiles[quantile]) : '–'}
                  </td>
                ))}
              </tr>
              <tr>
                <td colSpan={4} class="bar-cell">
                  <svg class="phases-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                    <rect class="bar-track" width="100" height="6" />
                    <rect
                      class={`phase-${name}`}
                      width={((quantiles?.p95 ?? 0) / longest) * 100}
                      height="6"
                    />
                  </svg>
                </td>
              </tr>
            </tbody>
          );
        })}
      </table>
      <p class="muted field-hint">The bars show p95.</p>
    </section>
  );
}
