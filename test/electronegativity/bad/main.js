// Everything that a window must not be; a scan that finds nothing here finds nothing anywhere.
import { app, BrowserWindow } from 'electron';

app.whenReady().then(() => {
  const window = new BrowserWindow({
    webPreferences: { nodeIntegration: true, contextIsolation: false, sandbox: false, webSecurity: false },
  });
  window.loadURL('http://example.com/');
});
