import { formatFullTime, formatTime } from '../format.ts';

/** A moment in the person's locale, with the ISO form on hover; `value` is ISO. */
export function Time({ value, full = false }: { value: string; full?: boolean }) {
  const at = Date.parse(value);
  return (
    <time dateTime={value} title={value}>
      {full ? formatFullTime(at) : formatTime(at)}
    </time>
  );
}
