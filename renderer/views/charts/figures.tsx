/** The few numbers that say it all. */
export interface Metric {
  readonly label: string;
  readonly value: string;
  readonly note?: string;
}

/** In a row, or two by two where it is narrow. */
export function Figures({ figures }: { figures: readonly Metric[] }) {
  return (
    <dl class="figures">
      {figures.map(({ label, value, note }) => (
        <div key={label} class="card figure">
          <dt class="muted">{label}</dt>
          <dd>
            <span class="figure-value">{value}</span>
            {note && <span class="muted">{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
