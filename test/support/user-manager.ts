/** A real systemd of a user, in a mount namespace whose /run is its own: it takes its machine for one that systemd has booted. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasPrograms, needs } from './needs.ts';

/** A script that hangs is ended; milliseconds. */
const PATIENCE_MS = 50_000;
const PROGRAM = '/lib/systemd/systemd';

/** Skips the test where systemd's programs are missing; in CI on Linux it fails instead. */
export const needsSystemd = needs(
  'systemd and perl: apt-get install systemd perl',
  hasPrograms('systemd-analyze', 'systemd-notify', 'systemctl', 'unshare', 'perl'),
);

const SCRIPT = `
mount -t tmpfs none /run && mkdir -p /run/systemd/system "$XDG_RUNTIME_DIR" && chmod 700 "$XDG_RUNTIME_DIR" || exit 90
${PROGRAM} --user --log-target=null & manager=$!
for try in $(seq 100); do systemctl --user show-environment >/dev/null 2>&1 && break; kill -0 $manager || exit 91; sleep 0.1; done
systemctl --user show-environment >/dev/null || exit 92
trap 'systemctl --user exit; wait $manager' EXIT
`;

/** Runs a shell script beside it, with the units of `home`; resolves with what the script prints, rejects when it fails. */
export async function withUserManager(home: string, script: string): Promise<string> {
  mkdirSync(join(home, '.config/systemd/user'), { recursive: true });
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    XDG_RUNTIME_DIR: '/run/user/poptray',
    POPTRAY_KEYCHAIN: 'off',
    POPTRAY_PORT: '0',
  };
  // A process namespace: when its first process is gone, so are all others.
  const args = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'bash', '-c', SCRIPT + script];
  const options = { env, timeout: PATIENCE_MS, killSignal: 'SIGKILL' } as const;
  const { stdout } = await promisify(execFile)('unshare', args, options);
  return stdout;
}

/** Why no such systemd can run here, as in a container that may mount nothing; undefined when one can. */
export async function whyNoUserManager(home: string): Promise<string | undefined> {
  try {
    await withUserManager(home, 'true');
    return undefined;
  } catch (error) {
    return `no systemd of a user can run here (${(error as { code?: unknown }).code})`;
  }
}
