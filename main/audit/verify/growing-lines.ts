/** The lines of a segment that another process may be writing. */
import { isFinished, type LogLine, readLines } from '../format/segments.ts';

/** As readLines; an unfinished line comes again, longer perhaps, for as long as its reader goes on. */
export function* growingLines(dir: string, segment: string): Generator<LogLine> {
  for (let offset = 0; ; ) {
    let last: LogLine | undefined;
    for (const line of readLines(dir, segment, offset)) {
      yield line;
      last = line;
    }
    if (!last || isFinished(last)) return;
    offset = last.offset;
  }
}
