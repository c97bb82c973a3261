/** The callers of the scheme that the user has agreed to, in `shell.json` of the data folder. */
import Store from 'electron-store';

export interface KnownCallers {
  has(caller: string): boolean;
  add(caller: string): void;
}

export function openKnownCallers(dataDir: string): KnownCallers {
  const store = new Store<{ callers: string[] }>({
    cwd: dataDir,
    name: 'shell',
    configFileMode: 0o600,
    clearInvalidConfig: true,
    defaults: { callers: [] },
    schema: { callers: { type: 'array', items: { type: 'string' } } },
  });
  return {
    has: (caller) => store.get('callers').includes(caller),
    add(caller) {
      const callers = store.get('callers');
      if (!callers.includes(caller)) store.set('callers', [...callers, caller]);
    },
  };
}
