/** What the lines and bars of a chart mean, with their values where the pointer is. */
export interface LegendItem {
  readonly label: string;
  /** A token of the stylesheet's colours, as a class `swatch-…`. */
  readonly swatch: string;
  /** As in the chart: lines differ in their dashes as well. */
  readonly dash?: string;
  readonly value?: string | undefined;
}

/** The values are those of the bucket under the pointer, or of the whole range. */
export function Legend({ items, at }: { items: readonly LegendItem[]; at?: string | undefined }) {
  return (
    <div class="legend">
      {items.map(({ label, swatch, dash, value }) => (
        <span key={label} class="legend-item">
          <svg class={`swatch swatch-${swatch}`} viewBox="0 0 24 8" aria-hidden="true">
            {dash === undefined ? (
              <rect width="24" height="8" rx="2" />
            ) : (
              <line x1="0" y1="4" x2="24" y2="4" stroke-dasharray={dash} />
            )}
          </svg>
          {label}
          {value !== undefined && <strong>{value}</strong>}
        </span>
      ))}
      {at && <span class="muted legend-at">{at}</span>}
    </div>
  );
}
