/**
 * What a piece of work on 64 KiB may cost, in milliseconds of processor time: far above what reading it once takes on a
 * busy machine, far below what looking at each byte for each other byte takes.
 */
export const ONE_LOOK_MS = 500;

/** The least processor time of a few runs, in milliseconds: what the work costs, whatever else this machine does. */
export function quickest(work: () => unknown, runs = 5): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run += 1) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}
