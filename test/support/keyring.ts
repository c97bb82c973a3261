/** Runs secrets against a real gnome-keyring on a D-Bus of its own, in a home of its own. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import type { KeychainUnavailable } from '../../main/secrets/keychain.ts';
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
  readonly atFirst: string | null;
  readonly warning: string | null;
  /** One per step: what it gave, or what it rejected with. */
  readonly results: readonly { value?: unknown; error?: { name: string; message: string } }[];
}

const SCRIPT = fileURLToPath(new URL('./keyring-script.ts', import.meta.url));
const askBus = (question: string) =>
  'dbus-send --print-reply=literal --dest=org.freedesktop.DBus / ' +
  `org.freedesktop.DBus.${question} string:org.freedesktop.secrets`;
const awaitOnBus = (isThere: boolean) =>
  `until ${askBus('NameHasOwner')} | grep -q ${isThere}; do sleep 0.05; done;`;
/** The daemon goes into the background before it is on the bus. */
const AWAIT_IT = awaitOnBus(true);
const END_IT = `kill $(${askBus('GetConnectionUnixProcessID')} | grep -o '[0-9]*$'); ${awaitOnBus(false)}`;
const DAEMON: Readonly<Record<KeyringState, string>> = {
  unlocked: `printf secret | gnome-keyring-daemon --unlock --components=secrets >/dev/null; ${AWAIT_IT}`,
  locked: `gnome-keyring-daemon --start --components=secrets >/dev/null; ${AWAIT_IT}`,
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

export interface KeyringSession {
  /** For programs that are to use this keyring. */
  readonly env: Readonly<Record<string, string>>;
  /** Unlocks the keyring in the running daemon, as a login does. */
  unlock(): Promise<void>;
  /** Ends the daemon and starts another, unlocked, as an update of it does. */
  restart(): Promise<void>;
  end(): Promise<void>;
}

/** A desktop session with its own bus and keyring, until its end or that of the test. */
export async function startKeyringSession(
  home: string,
  keyring: 'unlocked' | 'locked' | 'no-service',
): Promise<KeyringSession> {
  mkdirSync(join(home, 'run'), { recursive: true, mode: 0o700 });
  const hold = `${DAEMON[keyring]} echo "bus $DBUS_SESSION_BUS_ADDRESS"; exec cat >/dev/null`;
  const session = spawn('dbus-run-session', [`--config-file=${busConfig(home, keyring)}`, 'sh', '-c', hold], {
    env: homeEnvironment(home),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = once(session, 'exit');
  const end = async () => {
    session.stdin.end();
    await ended;
  };
  onTestFinished(end);
  const bus = await new Promise<string>((resolve, reject) => {
    let output = '';
    session.stdout.on('data', (piece) => {
      output += piece;
      const [, address] = /^bus (.+)\n/m.exec(output) ?? [];
      if (address !== undefined) resolve(address);
    });
    void ended.then(() => reject(new Error(`the session ended: ${output}`)));
  });
  const env = { ...homeEnvironment(home), DBUS_SESSION_BUS_ADDRESS: bus, POPTRAY_KEYCHAIN: '' };
  return {
    env,
    async restart() {
      await promisify(execFile)('sh', ['-c', END_IT + DAEMON.unlocked], { env });
    },
    unlock: () => unlockDaemon(join(home, 'run', 'keyring', 'control')),
    end,
  };
}

/** What gnome-keyring's PAM module says at a login: a byte that carries credentials, then length, operation 1, password. */
async function unlockDaemon(path: string): Promise<void> {
  const password = Buffer.from('secret');
  const head = Buffer.alloc(13);
  head.writeUInt32BE(head.length - 1 + password.length, 1);
  head.writeUInt32BE(1, 5);
  head.writeUInt32BE(password.length, 9);
  const socket = connect(path);
  socket.write(Buffer.concat([head, password]));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  if (answer.readUInt32BE(4) !== 0) throw new Error('the keyring stays locked');
}

function homeEnvironment(home: string) {
  return {
    PATH: process.env.PATH ?? '',
    HOME: home,
    XDG_RUNTIME_DIR: join(home, 'run'),
    XDG_DATA_HOME: join(home, 'data'),
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_CACHE_HOME: join(home, 'cache'),
  };
}

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
  const env = { ...homeEnvironment(home), ...run.env };
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
