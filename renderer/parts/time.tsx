import { formatClockSeconds, formatDay, formatFullTime, formatTime } from '../format.ts';

/** A moment in the person's locale, with the ISO form on hover; `value` is ISO. */
export function Time({ value, full = false }: { value: string; full?: boolean }) {
  const at = Date.parse(value);
  return (
    <time dateTime={value} title={value}>
      {full ? formatFullTime(at) : formatTime(at)}
    </time>
  );
}

/** The same for a row of a table: the day, where it is not today, under the time. */
export function RowTime({ value }: { value: string }) {
  const at = Date.parse(value);
  const day = formatDay(at);
  return (
    <time dateTime={value} title={value} class="row-time">
      <span>{formatClockSeconds(at)}</span>
      {day !== undefined && <span class="row-day muted">{day}</span>}
    </time>
  );
}
