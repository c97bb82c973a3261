/** Which machine this is, for folders that several machines may reach: a home on a server, a roaming profile. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * The same for as long as the system is installed; undefined where nothing says so, as in most containers and on macOS, whose host
 * name changes with the network. On Linux a digest, because machine-id(5) asks not to show it.
 */
export function machineId(
  platform: NodeJS.Platform = process.platform,
  paths: readonly string[] = ['/etc/machine-id', '/var/lib/dbus/machine-id'],
): string | undefined {
  if (platform === 'win32') return hostname().toLowerCase();
  if (platform !== 'linux') return undefined;
  for (const path of paths) {
    try {
      const id = readFileSync(path, 'utf8').trim();
      if (/^[0-9a-f]{32}$/.test(id))
        return createHash('sha256').update(`poptray ${id}`).digest('hex').slice(0, 16);
    } catch {
      // The next one.
    }
  }
  return undefined;
}
