/** The stand-in for the `electron` module: what poptray uses of it, and nothing more. */
import { app } from './app.ts';
import { BrowserWindow } from './browser-window.ts';
import { obeyTheTest } from './control.ts';
import {
  clipboard,
  dialog,
  Menu,
  Notification,
  nativeImage,
  nativeTheme,
  powerMonitor,
  session,
  Tray,
} from './desktop.ts';
import { ipcMain } from './ipc.ts';
import { closeRegistration, protocol } from './protocol.ts';

app.once('ready', closeRegistration);
obeyTheTest();

export {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  ipcMain,
  Menu,
  Notification,
  nativeImage,
  nativeTheme,
  powerMonitor,
  protocol,
  session,
  Tray,
};

// electron-store imports the module as a whole. `shell` it uses only to open its file in an editor.
const electron = { app, ipcMain, shell: undefined };
// biome-ignore lint/style/noDefaultExport: Electron's own module has one.
export default electron;
