import type { Page } from 'playwright-core';

/** How a page's frames followed one another, in milliseconds. */
export interface Frames {
  readonly count: number;
  readonly worstMs: number;
  readonly p99Ms: number;
  /** How many took longer than 32 ms: two at 60 Hz. */
  readonly late: number;
  /** The longest task of the browser's threads in time of the processor, which other programs do not add to. */
  readonly busiestMs: number;
}

/** The time from each frame of the page to the next, while `action` runs. */
export async function framesWhile(page: Page, action: () => Promise<void>): Promise<Frames> {
  const devtools = await page.context().newCDPSession(page);
  const tasks: number[] = [];
  devtools.on('Tracing.dataCollected', ({ value }) => {
    for (const { name, tdur } of value as unknown as { name: string; tdur?: number }[]) {
      if (name === 'RunTask' && tdur !== undefined) tasks.push(tdur / 1000);
    }
  });
  const traced = new Promise((resolve) => devtools.once('Tracing.tracingComplete', resolve));
  await devtools.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['disabled-by-default-devtools.timeline'] },
  });
  await page.evaluate(`{
    const times = (globalThis.frameTimes = []);
    globalThis.isWatched = true;
    const note = (at) => {
      times.push(at);
      if (globalThis.isWatched) requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
  }`);
  await action();
  const times = await page.evaluate<number[]>('(globalThis.isWatched = false, globalThis.frameTimes)');
  await devtools.send('Tracing.end');
  await traced;
  await devtools.detach();

  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? at));
  gaps.sort((a, b) => a - b);
  return {
    count: gaps.length,
    worstMs: gaps.at(-1) ?? 0,
    p99Ms: gaps[Math.floor(gaps.length * 0.99)] ?? 0,
    late: gaps.filter((gap) => gap > 32).length,
    busiestMs: tasks.reduce((most, task) => Math.max(most, task), 0),
  };
}
