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

/** From where a call comes: a page, a frame inside the dashboard's, a page that has just gone, or a frame that is being taken down. */
type Sender = 'page' | 'subframe' | 'gone' | 'disposed';

/** What `ipcRenderer.invoke` in a frame with this URL gets. */
export async function invokeFrom(
  url: string,
  sender: Sender,
  channel: string,
  args: unknown[],
): Promise<unknown> {
  const handler = handlers.get(channel);
  if (!handler) throw new Error(`Error invoking remote method '${channel}': No handler registered`);
  return handler({ senderFrame: frameOf(url, sender) } as IpcMainInvokeEvent, ...args);
}

function frameOf(url: string, sender: Sender) {
  if (sender === 'gone') return null;
  const disposed = (): never => {
    throw new Error('Render frame was disposed before WebFrameMain could be accessed');
  };
  if (sender === 'disposed')
    return Object.defineProperties({}, { url: { get: disposed }, parent: { get: disposed } });
  return { url, parent: sender === 'subframe' ? { url: 'app://poptray/', parent: null } : null };
}
