/** What Electron makes of the process before the app's own code runs. */
import { app } from './app.ts';
import { dialog } from './dialog.ts';

// A packaged program knows where its app is; another has it as its first argument.
if (app.isPackaged) process.argv.splice(1, 1);

// A fault is shown, and the app goes on with whatever is left of it.
process.on('uncaughtException', (error) => {
  if (process.listenerCount('uncaughtException') > 1) return;
  dialog.showErrorBox(
    'A JavaScript error occurred in the main process',
    `Uncaught Exception:\n${error.stack}`,
  );
});
process.on('unhandledRejection', (reason) => {
  if (process.listenerCount('unhandledRejection') > 1) return;
  process.stderr.write(`UnhandledPromiseRejectionWarning: ${reason}\n`);
});

app.on('quit', (_: unknown, code: number) => process.emit('exit', code));

process.exit = ((code?: number) => {
  if (code !== undefined) process.exitCode = code;
  app.exit(Number(process.exitCode ?? 0));
}) as typeof process.exit;
