/** `ipcMain`, and the frames that its events come from. */
import { EventEmitter } from 'node:events';
import type { IpcMain, IpcMainInvokeEvent } from 'electron';

type Handler = (event: IpcMainInvokeEvent, ...args: unknown[]) => unknown;

const handlers = new Map<string, Handler>();

class StandInIpcMain extends EventEmitter {
  handle(channel: string, handler: Handler): void {
    if (handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`);
    handlers.set(channel, handler);
  }
  removeHandler(channel: string): void {
    handlers.delete(channel);
  }
}

export const ipcMain = new StandInIpcMain() satisfies Pick<IpcMain, 'handle' | 'removeHandler'>;

/** What `ipcRenderer.invoke` in a frame with this URL gets. */
export async function invokeFrom(
  url: string,
  isSubframe: boolean,
  channel: string,
  args: unknown[],
): Promise<unknown> {
  const handler = handlers.get(channel);
  if (!handler) throw new Error(`Error invoking remote method '${channel}': No handler registered`);
  const senderFrame = { url, parent: isSubframe ? { url: 'app://poptray/', parent: null } : null };
  return handler({ senderFrame } as IpcMainInvokeEvent, ...args);
}
