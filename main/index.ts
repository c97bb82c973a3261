/** poptray in the tray: the app of main/app/app.ts with the shell of main/electron/ around it. */
import { openApp } from './electron/open-app.ts';
import { runShell } from './electron/run.ts';

runShell(openApp);
