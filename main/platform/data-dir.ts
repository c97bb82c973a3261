/** The folder for everything poptray keeps: settings, audit log, read models, token hashes. */
import { chmodSync, lstatSync, readdirSync, type Stats } from 'node:fs';
import { homedir } from 'node:os';
import { join, posix, resolve, win32 } from 'node:path';
import { sayCause } from '../../shared/causes.ts';
import type { Environment } from './environment.ts';
import { opennessOf } from './file-modes.ts';
import { makeFolder } from './folder.ts';
import { xdgFolder } from './xdg.ts';

/** `POPTRAY_DATA_DIR`, or else the folder that Electron's `app.getPath('userData')` gives an app named poptray. Throws HostUnfit. */
export function defaultDataDir(env: Environment, platform: NodeJS.Platform): string {
  if (env.POPTRAY_DATA_DIR) return resolve(asMeant(env.POPTRAY_DATA_DIR));
  if (platform === 'win32') {
    const appData = env.APPDATA || win32.join(env.USERPROFILE || homedir(), 'AppData', 'Roaming');
    return win32.join(appData, 'poptray');
  }
  const home = env.HOME || homedir();
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support', 'poptray');
  return posix.join(xdgFolder(env.XDG_CONFIG_HOME, posix.join(home, '.config')), 'poptray');
}

/** No folder is called like this: a shell, or what reads a file of variables, has left it as it was. Throws HostUnfit. */
function asMeant(path: string): string {
  if (!/^(~($|[/\\])|["']|\$[{A-Za-z_]|%\w+%)/.test(path)) return path;
  throw new HostUnfit(
    `The data folder is given as ${path}, which nothing has expanded or unquoted: give its path as it is, from the root on.`,
  );
}

/** The data folder, a private file in it, or POPTRAY_TOKEN will not do; the message says what to do about it. */
export class HostUnfit extends Error {
  override readonly name = 'HostUnfit';
}

/**
 * Makes the folder (mode 0700) if it is missing. Throws HostUnfit when it is a symbolic link, someone else's,
 * or open to other users; one of our own that is still empty is closed to them instead.
 */
export function ensureDataDir(dir: string): void {
  // Without a trailing slash: with one, lstat would follow a link.
  const folder = resolve(dir);
  let stats = lstatSync(folder, { throwIfNoEntry: false });
  if (!stats) {
    makeFolder(folder);
    stats = lstatSync(folder);
  }
  const isOurs = stats.isDirectory() && stats.uid === process.getuid?.();
  if (isOurs && (stats.mode & 0o077) !== 0 && readdirSync(folder).length === 0) {
    try {
      chmodSync(folder, 0o700);
    } catch {
      // What became of it is looked at.
    }
    stats = lstatSync(folder);
  }
  const fault = faultOf(stats);
  if (fault) throw new HostUnfit(`The data folder ${folder} ${fault}`);
  const open = opennessOf(folder, stats, folder);
  if (open) throw new HostUnfit(sayCause(open));
  for (const name of OWN) {
    const path = join(folder, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    const isFolder = !name.endsWith('.log');
    if (stats && isFolder && !stats.isDirectory() && !stats.isSymbolicLink())
      throw new HostUnfit(`${path} is not a folder: move it away.`);
    if (stats?.isSymbolicLink())
      throw new HostUnfit(`${path} is a symbolic link: put the folder or the file itself in its place.`);
  }
}

/** What poptray writes to without a look at what stands there: others would choose where it goes. */
const OWN = ['audit', 'logs', 'logs/poptray.log', 'logs/poptray.old.log'];

function faultOf(stats: Stats): string | undefined {
  if (stats.isSymbolicLink())
    return 'is a symbolic link: set POPTRAY_DATA_DIR to the folder that it points to.';
  if (!stats.isDirectory()) return 'is not a folder: move it away, or set POPTRAY_DATA_DIR.';
  // Windows has neither owner ids nor mode bits to look at: the ACL of the user's profile rules there.
  if (process.platform === 'win32') return undefined;
  if (stats.uid !== process.getuid?.())
    return 'belongs to another user: set POPTRAY_DATA_DIR to a folder of your own.';
  return undefined;
}
