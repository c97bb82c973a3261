/** Runs secrets against a real gnome-keyring on a D-Bus of its own, in a home of its own. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KeychainUnavailable } from '../../main/platform/keychain.ts';
import { hasPrograms, needs } from './needs.ts';

/** `locked`: the daemon runs, its keyring stays shut. `silent`: a service that never answers. */
type KeyringState = 'unlocked' | 'locked' | 'silent' | 'no-service' | 'no-bus';

export interface KeyringRun {
  /** Holds keyring and data folder; the same for two runs of one user. */
  readonly home: string;
  readonly keyring: KeyringState;
  /** Calls to Secrets, in order; a `make` is given as its result. */
  readonly steps?: readonly (readonly string[])[];
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Per call to the keychain, milliseconds. */
  readonly limitMs?: number;
  readonly exitCode?: number;
}

export interface KeyringOutcome {
  readonly code: number;
  readonly unavailable?: KeychainUnavailable;
  readonly warnings: readonly string[];
  readonly warning: string | null;
  /** One per step: what it gave, or what it rejected with. */
  readonly results: readonly { value?: unknown; error?: { name: string; message: string } }[];
}

const SCRIPT = fileURLToPath(new URL('./keyring-script.ts', import.meta.url));
const DAEMON: Readonly<Record<KeyringState, string>> = {
  unlocked: 'printf secret | gnome-keyring-daemon --unlock --components=secrets >/dev/null;',
  locked: 'gnome-keyring-daemon --start --components=secrets >/dev/null;',
  silent: '',
  'no-service': '',
  'no-bus': '',
};

/** Whether this machine has what runWithKeyring needs. */
function keyringAvailable(): boolean {
  if (!hasPrograms('gnome-keyring-daemon', 'dbus-run-session')) return false;
  try {
    createRequire(import.meta.url)('keytar');
    return true;
  } catch {
    return false;
  }
}

/** Skips the test where there is no keyring; in CI on Linux it fails instead. */
export const needsKeyring = needs(
  'a keyring: apt-get install gnome-keyring dbus libsecret-1-0',
  keyringAvailable(),
);

/** Runs the steps in a process of their own; rejects if that prints no outcome. */
export async function runWithKeyring(run: KeyringRun): Promise<KeyringOutcome> {
  const { home, keyring, steps = [], dataDir = join(home, 'poptray'), limitMs = 5_000, exitCode = 0 } = run;
  for (const folder of [dataDir, join(home, 'run')]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Should the keychain keep the process after all, the exit code is timeout's own.
  const node = [
    'timeout',
    '10',
    process.execPath,
    SCRIPT,
    JSON.stringify({ dataDir, limitMs, exitCode, steps }),
  ];
  const session = ['dbus-run-session', `--config-file=${busConfig(home, keyring)}`, '--'];
  const shell = ['sh', '-c', `${DAEMON[keyring]} "$@"`, 'sh'];
  const [program = '', ...args] = keyring === 'no-bus' ? node : [...session, ...shell, ...node];
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    XDG_RUNTIME_DIR: join(home, 'run'),
    XDG_DATA_HOME: join(home, 'data'),
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_CACHE_HOME: join(home, 'cache'),
    ...run.env,
  };
  return new Promise((resolve, reject) => {
    execFile(program, args, { env }, (error, stdout, stderr) => {
      endSilentService(home);
      try {
        resolve({ code: Number(error?.code ?? 0), ...JSON.parse(stdout) });
      } catch {
        reject(new Error(`no outcome (${error?.message}): ${stdout}${stderr}`));
      }
    });
  });
}

/** A bus that starts no services but, if asked for, the silent one: no prompt can reach a developer's screen. */
function busConfig(home: string, keyring: KeyringState): string {
  const services = join(home, `services-${keyring}`);
  mkdirSync(services, { recursive: true });
  if (keyring === 'silent') {
    const command = `echo $$ > ${pidFile(home)}; exec sleep 60 >/dev/null 2>&1`;
    writeFileSync(
      join(services, 'org.freedesktop.secrets.service'),
      `[D-BUS Service]\nName=org.freedesktop.secrets\nExec=/bin/sh -c "${command}"\n`,
    );
  }
  const path = join(home, `bus-${keyring}.conf`);
  writeFileSync(
    path,
    `<busconfig>
      <type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
      <servicedir>${services}</servicedir>
      <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
    </busconfig>`,
  );
  return path;
}

const pidFile = (home: string) => join(home, 'silent.pid');

/** The bus does not end what it started. */
function endSilentService(home: string): void {
  if (!existsSync(pidFile(home))) return;
  try {
    process.kill(Number(readFileSync(pidFile(home), 'utf8')));
  } catch {
    // It has ended already.
  }
}
