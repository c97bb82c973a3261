/** The stand-in for the `electron` module: what poptray uses of it, and nothing more. README.md says where each behaviour stands. */
import './init.ts';
import { app } from './app.ts';
import { BrowserWindow, WebContentsView } from './browser-window.ts';
import { obeyTheTest } from './control.ts';
import { clipboard, Menu, nativeImage, nativeTheme, screen, Tray } from './desktop.ts';
import { dialog } from './dialog.ts';
import { ipcMain } from './ipc.ts';
import { Notification } from './notification.ts';
import { powerMonitor } from './power.ts';
import { closeRegistration, protocol } from './protocol.ts';
import { session } from './session.ts';
import { shell } from './shell.ts';
import { BaseWindow } from './window.ts';

app.once('ready', closeRegistration);
obeyTheTest();

export {
  app,
  BaseWindow,
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
  screen,
  session,
  shell,
  Tray,
  WebContentsView,
};

// electron-store imports the module as a whole.
const electron = { app, ipcMain, shell };
// biome-ignore lint/style/noDefaultExport: Electron's own module has one.
export default electron;
