/** Runs before the dashboard's page, in its sandbox: gives it three functions and nothing else. */
import { contextBridge, ipcRenderer } from 'electron';
import type { ApiEvent } from '../../shared/api.ts';
import { type Bridge, CHANNELS } from './channels.ts';

const bridge: Bridge = {
  call: (name, request) => ipcRenderer.invoke(CHANNELS.call, name, request),
  subscribe(listener) {
    // The page gets the events alone: the IPC event has the sender on it.
    const onEvents = (_: unknown, events: readonly ApiEvent[]) => {
      for (const event of events) listener(event);
    };
    ipcRenderer.on(CHANNELS.event, onEvents);
    return () => {
      ipcRenderer.removeListener(CHANNELS.event, onEvents);
    };
  },
  exportLog: (format, filter) => ipcRenderer.invoke(CHANNELS.export, format, filter),
};

contextBridge.exposeInMainWorld('poptray', bridge);
