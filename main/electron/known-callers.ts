/** The callers of the scheme that the user has agreed to, in `shell.json` of the data folder. */
import ElectronStore from 'electron-store';
import type { ReportTrouble } from '../../shared/trouble.ts';
import { kindOfError } from '../observability/logger.ts';

export interface KnownCallers {
  has(caller: string): boolean;
  add(caller: string): void;
}

/** Where the file cannot be used they are known until the end of this run, and that is a trouble. */
export function openKnownCallers(dataDir: string, report: ReportTrouble): KnownCallers {
  const known = new Set<string>();
  const store = trying(() => {
    const opened = new ElectronStore<{ callers: string[] }>({
      cwd: dataDir,
      name: 'shell',
      configFileMode: 0o600,
      clearInvalidConfig: true,
      defaults: { callers: [] },
      schema: { callers: { type: 'array', items: { type: 'string' } } },
    });
    for (const caller of opened.get('callers')) known.add(caller);
    return opened;
  });

  function trying<T>(action: () => T): T | undefined {
    try {
      const result = action();
      report('callers', '', null);
      return result;
    } catch (error) {
      const code = kindOfError(error);
      const why = `shell.json in the data folder cannot be used (${code}), so poptray asks about each caller anew`;
      report('callers', '', { code, why });
      return undefined;
    }
  }

  return {
    has: (caller) => known.has(caller),
    add(caller) {
      if (known.has(caller)) return;
      known.add(caller);
      if (store) trying(() => store.set('callers', [...known]));
    },
  };
}
