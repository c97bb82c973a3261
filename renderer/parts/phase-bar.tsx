/** Where a pop's time went, as a stacked bar with its text. */
import type { LatencyPhases } from '../../shared/audit.ts';
import { formatMs } from '../format.ts';

const order = ['queue', 'token', 'delivery'] as const;
const words = { queue: 'queue', token: 'token', delivery: 'delivery' };

/** The phases in words; those that took no time are left out. */
export function phasesText(phases: LatencyPhases): string {
  const parts = order.filter((name) => phases[name] >= 0.05);
  if (parts.length === 0) return 'no time';
  const texts = parts.map((name) => `${words[name]} ${formatMs(phases[name])}`);
  // One unit is enough where they all have the same.
  const isShort = texts.every((text) => text.endsWith(' ms'));
  return texts.map((text, at) => (isShort && at < texts.length - 1 ? text.slice(0, -3) : text)).join(' · ');
}

/** The bar is drawn for the eye; the text says the same. */
export function PhaseBar({ phases }: { phases: LatencyPhases }) {
  const total = order.reduce((sum, name) => sum + phases[name], 0) || 1;
  let x = 0;
  const parts = order.map((name) => {
    const width = (phases[name] / total) * 100;
    const part = { name, x, width };
    x += width;
    return part;
  });
  return (
    <span class="phases" title={phasesText(phases)}>
      <svg class="phases-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        {parts.map((part) => (
          <rect key={part.name} class={`phase-${part.name}`} x={part.x} y="0" width={part.width} height="6" />
        ))}
      </svg>
      <span class="phases-text">{phasesText(phases)}</span>
    </span>
  );
}
