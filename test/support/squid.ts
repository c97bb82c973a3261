/** A real squid of the test's own, as companies have them: on a free port, unprivileged, ended with the test. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { hasPrograms, needs } from './needs.ts';
import { nobody } from './servers.ts';
import { tempDir } from './temp-dir.ts';

/** `NTLM` and `Negotiate` are offered by helpers that let nobody in. */
export type Scheme = 'Basic' | 'NTLM' | 'Negotiate';

/** Who may pass where Basic is offered. */
export const LOGIN = 'agent:right';

export const needsSquid = needs('squid: apt-get install squid', hasPrograms('squid'));

const HELPERS = '/usr/lib/squid';
/** Root would become the user `proxy`, whom the folder is closed to. */
const UID = process.getuid?.() === 0 ? 65_534 : undefined;

/** A proxy that wants a sign-in by one of `schemes`, or none where they are empty; resolves with its `host:port`. */
export async function startSquid(schemes: readonly Scheme[], rules: readonly string[] = []): Promise<string> {
  const dir = tempDir();
  const { port } = new URL(await nobody());
  const [user = '', password = ''] = LOGIN.split(':');
  const hash = execFileSync('openssl', ['passwd', '-apr1', password], { encoding: 'utf8' }).trim();
  writeFileSync(join(dir, 'passwd'), `${user}:${hash}\n`);
  const offers: Record<Scheme, string> = {
    Basic: `auth_param basic program ${HELPERS}/basic_ncsa_auth ${dir}/passwd`,
    NTLM: `auth_param ntlm program ${HELPERS}/ntlm_fake_auth`,
    Negotiate: `auth_param negotiate program ${HELPERS}/ntlm_fake_auth`,
  };
  const config = [
    `http_port 127.0.0.1:${port}`,
    `pid_filename ${dir}/squid.pid`,
    `coredump_dir ${dir}`,
    `cache_log ${dir}/cache.log`,
    'access_log none',
    'cache deny all',
    'shutdown_lifetime 0 seconds',
    ...schemes.map((scheme) => offers[scheme]),
    ...rules,
    ...(schemes.length > 0 ? ['acl known proxy_auth REQUIRED', 'http_access allow known'] : []),
    schemes.length > 0 ? 'http_access deny all' : 'http_access allow all',
  ];
  const path = join(dir, 'squid.conf');
  writeFileSync(path, `${config.join('\n')}\n`);
  if (UID !== undefined) for (const each of [dir, path, join(dir, 'passwd')]) chownSync(each, UID, UID);
  const squid = spawn('squid', ['-N', '-f', path], {
    cwd: dir,
    env: { PATH: `${process.env.PATH}:/usr/sbin` },
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(UID !== undefined && { uid: UID, gid: UID }),
  });
  let said = '';
  squid.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  onTestFinished(async () => {
    squid.kill('SIGKILL');
    if (squid.exitCode === null && squid.signalCode === null) await once(squid, 'exit');
  });
  await vi.waitFor(
    async () => {
      if (!(await listens(Number(port)))) throw new Error(`squid does not listen: ${said}`);
    },
    { timeout: 15_000 },
  );
  return `127.0.0.1:${port}`;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
