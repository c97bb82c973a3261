/** A browser that only takes down what it is opened on. */
import type { Browser } from '../../main/platform/browser.ts';

export interface FakeBrowser extends Browser {
  /** How what opens it is said to have ended. */
  exitCode: number | null;
  /** What it was opened on, oldest first. */
  readonly opened: string[];
  /** Resolves with the address once it was opened that often. */
  untilOpened(times: number): Promise<string>;
}

export function createFakeBrowser({
  fault = null as string | null,
  displayFault = null as string | null,
} = {}): FakeBrowser {
  const opened: string[] = [];
  let wake = () => {};
  return {
    exitCode: null,
    opened,
    displayFault: () => displayFault,
    openerFault: () => fault,
    async open(url) {
      if (fault !== null) throw new Error(fault);
      opened.push(url);
      wake();
      return { exitCode: this.exitCode };
    },
    async untilOpened(times) {
      while (opened.length < times)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return opened[times - 1] as string;
    },
  };
}
