/** `npm start`: the tray app where there is a display and an Electron, else the same app without a window. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isBuildStale } from './start/freshness.ts';
import { findRuntime, type Machine, runtimeVersion, whyNoWindow } from './start/runtime.ts';

const ROOT = join(import.meta.dirname, '..');
const given = process.argv.slice(2);
// A person at a desktop sees on the first run where the pops appear.
const args = given.includes('--no-open') ? given : [...given, '--open'];
process.argv.splice(2, given.length, ...args);
const machine: Machine = {
  env: process.env,
  platform: process.platform,
  isRoot: process.getuid?.() === 0,
  electronDir: join(ROOT, 'node_modules/electron'),
};

if (isBuildStale(ROOT)) await (await import('./build.ts')).buildAll();
const reason = args.includes('--help') || args.includes('--version') ? undefined : await openTray();
if (reason !== undefined) process.stdout.write(`No tray icon: ${reason}. Serving headless instead.\n`);
await import(pathToFileURL(join(ROOT, 'dist/main/headless.js')).href);

/** Ends the process with the tray app; returns why it was not shown otherwise. */
async function openTray(): Promise<string> {
  const impossible = whyNoWindow(machine);
  if (impossible !== undefined) return impossible;
  const missing = findRuntime(machine) === undefined ? await fetchIt() : undefined;
  const program = findRuntime(machine);
  if (program === undefined) return missing ?? 'Electron was fetched, but is not where it should be';

  const { runElectron } = await import('./start/run-electron.ts');
  const result = await runElectron(program, [ROOT, ...args]);
  if (typeof result === 'number') process.exit(result);
  return result;
}

async function fetchIt(): Promise<string | undefined> {
  const version = runtimeVersion(machine.electronDir);
  if (version === undefined) return 'Electron is not installed';
  const { canReach, fetchRuntime, runInstaller } = await import('./start/fetch-runtime.ts');
  return fetchRuntime({
    version,
    cacheDir: join(ROOT, 'node_modules/.cache/poptray'),
    isReachable: () => canReach(machine.env),
    download: () => runInstaller(machine.electronDir),
    say: (line) => process.stdout.write(`${line}\n`),
  });
}
