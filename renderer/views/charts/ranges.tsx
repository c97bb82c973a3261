/** The ranges that charts can show, and the buckets that each is cut into. */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const ranges = {
  hour: { label: 'Last hour', ms: HOUR, buckets: 60 },
  day: { label: '24 hours', ms: DAY, buckets: 96 },
  week: { label: '7 days', ms: 7 * DAY, buckets: 84 },
  month: { label: '30 days', ms: 30 * DAY, buckets: 120 },
} as const;

export type RangeName = keyof typeof ranges;

/** Radio buttons, so that arrow keys go from one to the next. */
export function RangePicker({ range, onChange }: { range: RangeName; onChange: (range: RangeName) => void }) {
  return (
    <fieldset class="segmented">
      <legend class="visually-hidden">Range</legend>
      {(Object.keys(ranges) as RangeName[]).map((name) => (
        <label key={name}>
          <input type="radio" name="range" checked={name === range} onChange={() => onChange(name)} />
          <span>{ranges[name].label}</span>
        </label>
      ))}
    </fieldset>
  );
}
