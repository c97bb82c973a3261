/** Fetches Electron's runtime, once for each version: a failure is remembered, so that no later start waits for it. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Nobody waits longer to hear that the other end cannot be reached, in milliseconds. */
const PROBE_MS = 3000;
/** Over a hundred megabytes, with a progress bar; in milliseconds. */
const DOWNLOAD_MS = 300_000;

export interface FetchDeps {
  readonly version: string;
  /** Where failures are remembered. */
  readonly cacheDir: string;
  readonly isReachable: () => Promise<boolean>;
  /** Resolves with whether it worked. */
  readonly download: () => Promise<boolean>;
  readonly say: (line: string) => void;
}

/** Why there is still no runtime; undefined when there is one now. */
export async function fetchRuntime(deps: FetchDeps): Promise<string | undefined> {
  const { version, cacheDir, isReachable, download, say } = deps;
  const note = join(cacheDir, `electron-${version}-unavailable`);
  const again = `remove ${note} to try again`;
  if (existsSync(note)) return `Electron ${version} could not be fetched before (${again})`;
  say(`Fetching Electron ${version}, this once…`);
  if ((await isReachable()) && (await download())) return undefined;
  mkdirSync(cacheDir, { recursive: true });
  writeFileSync(note, '');
  return `Electron ${version} cannot be fetched (${again})`;
}

/** Whether the place that Electron is fetched from answers at all. */
export async function canReach(env: Readonly<Record<string, string | undefined>>): Promise<boolean> {
  const url =
    env.ELECTRON_MIRROR || env.npm_config_electron_mirror || 'https://github.com/electron/electron/';
  try {
    await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(PROBE_MS) });
    return true;
  } catch {
    return false;
  }
}

/** Runs the package's own installer, which shows its progress. */
export function runInstaller(electronDir: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(electronDir, 'install.js')], {
      stdio: 'inherit',
      timeout: DOWNLOAD_MS,
    });
    child.on('error', () => resolve(false));
    child.on('exit', (code) => resolve(code === 0));
  });
}
