/** Runs a preload before the page's own scripts, as Electron's isolated world does: a function that the page cannot see into. */

/** The names under which the page's side finds its bindings; they are gone before the page's scripts run. */
export const BINDINGS = { invoke: '__standInInvoke', receive: '__standInReceive' } as const;

/** An init script: the preload's source in a closure with its `require`, and contextBridge's copying rules. */
export function hostPreload(source: string): string {
  return `(${host.toString()})(${JSON.stringify(BINDINGS)}, (require, module, exports) => {\n${source}\n});`;
}

type Receive = () => Promise<{ channel: string; args: unknown[] }>;
type Listener = (event: object, ...args: unknown[]) => void;

/** Serialised into the page: nothing of this file but its arguments is in reach. */
function host(
  names: { invoke: string; receive: string },
  preload: (require: (name: string) => unknown, module: object, exports: object) => void,
): void {
  const scope = globalThis as unknown as Record<string, unknown>;
  const invoke = scope[names.invoke] as (channel: string, args: unknown[]) => Promise<unknown>;
  const receive = scope[names.receive] as Receive;
  // Frames inside the page get no preload without nodeIntegrationInSubFrames.
  if (scope.top !== scope.self || !invoke) return;
  delete scope[names.invoke];
  delete scope[names.receive];

  /** Values cross as copies: no prototype, no symbol, functions and promises as stand-ins of themselves. */
  function copy(value: unknown, depth = 0): unknown {
    if (depth > 1000) throw new TypeError('nested too deep');
    if (typeof value === 'symbol') throw new TypeError('An object could not be cloned.');
    if (typeof value === 'function') {
      return (...args: unknown[]) => {
        try {
          return copy(value(...args.map((arg) => copy(arg))));
        } catch (error) {
          throw new Error(String((error as Error)?.message));
        }
      };
    }
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Promise) {
      return value.then(
        (result) => copy(result, depth + 1),
        (error) => Promise.reject(new Error(String(error?.message))),
      );
    }
    if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1));
    if (value instanceof Error) return new Error(value.message);
    if (ArrayBuffer.isView(value) || value instanceof Date || value instanceof Blob)
      return structuredClone(value);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item, depth + 1)]));
  }

  function freeze(value: unknown): unknown {
    if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) freeze(item);
    return Object.freeze(value);
  }

  const listeners = new Map<string, Set<Listener>>();
  const electron = {
    contextBridge: {
      exposeInMainWorld(key: string, api: unknown) {
        if (key in globalThis)
          throw new Error('Cannot bind an API on top of an existing property on the window object');
        Object.defineProperty(globalThis, key, { value: freeze(copy(api)), enumerable: true });
      },
    },
    ipcRenderer: {
      invoke: (channel: string, ...args: unknown[]) =>
        invoke(
          channel,
          args.map((arg) => structuredClone(arg)),
        ),
      on(channel: string, listener: Listener) {
        const set = listeners.get(channel) ?? new Set();
        listeners.set(channel, set.add(listener));
        return electron.ipcRenderer;
      },
      removeListener(channel: string, listener: Listener) {
        listeners.get(channel)?.delete(listener);
        return electron.ipcRenderer;
      },
    },
  };
  const listen = async () => {
    for (;;) {
      const { channel, args } = await receive();
      for (const listener of listeners.get(channel) ?? [])
        listener({ sender: electron.ipcRenderer }, ...args);
    }
  };
  listen().catch(() => {});
  const module = { exports: {} };
  const load = (name: string) => {
    if (name !== 'electron') throw new Error(`module not found: ${name}`);
    return electron;
  };
  preload(load, module, module.exports);
}
