/** The lines of a segment that another process may be writing. */
import { isFinished, type LogLine, readLines } from './segments.ts';

/** As readLines; an unfinished line at the end is read again as long as it `mayGrow`. */
export function* settledLines(
  dir: string,
  segment: string,
  mayGrow: (line: LogLine) => boolean,
): Generator<LogLine> {
  for (let offset = 0; ; ) {
    let unfinished: LogLine | undefined;
    for (const line of readLines(dir, segment, offset)) {
      if (isFinished(line)) yield line;
      else unfinished = line;
    }
    if (!unfinished) return;
    if (!mayGrow(unfinished)) {
      yield unfinished;
      return;
    }
    offset = unfinished.offset;
  }
}
