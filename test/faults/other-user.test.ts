/** What another user of the machine gets of a running poptray. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  globSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { poptray, startHeadless } from '../cli/run.ts';
import { tempDir } from '../support/temp-dir.ts';
import { USER } from '../support/test-app.ts';

const OTHER = { uid: 65_534, gid: 65_534, cwd: '/', encoding: 'utf8' } as const;

/** poptray after a pop, in a folder whose parent is open to everybody. */
async function start() {
  const parent = tempDir();
  chmodSync(parent, 0o755);
  const headless = await startHeadless({ dataDir: join(parent, 'data') });
  expect((await headless.poptray('trigger', '--user', USER)).code).toBe(0);
  return { ...headless, parent };
}

test.skipIf(process.platform === 'win32')(
  'L18 all that poptray makes is its owner’s alone, down to the last file',
  async () => {
    const { dataDir } = await start();
    await poptray(['dashboard'], { dataDir });
    const all = readdirSync(dataDir, { recursive: true }).map(String);
    expect(all).toEqual(expect.arrayContaining(['tokens.json', 'logs/poptray.log', 'audit/writer.lock']));
    const loose = ['', ...all].filter((path) => (lstatSync(join(dataDir, path)).mode & 0o077) !== 0);
    expect(loose).toEqual([]);
  },
);

test.skipIf(process.getuid?.() !== 0)(
  'L18 another user can neither list nor read any of it, and without a token fires no pop',
  async () => {
    const { dataDir, parent, port } = await start();
    writeFileSync(join(parent, 'open'), 'for all', { mode: 0o644 });
    expect(spawnSync('cat', [join(parent, 'open')], OTHER).stdout).toBe('for all');
    expect(spawnSync('ls', [dataDir], OTHER)).toMatchObject({ stdout: '', status: 2 });
    for (const path of readdirSync(dataDir, { recursive: true }).map(String))
      expect(spawnSync('cat', [join(dataDir, path)], OTHER), path).toMatchObject({ stdout: '', status: 1 });
    // Each file by itself keeps others out, should the folders be opened while poptray runs.
    for (const folder of ['', 'audit', 'logs']) chmodSync(join(dataDir, folder), 0o755);
    for (const entry of readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((e) =>
      e.isFile(),
    ))
      expect(spawnSync('cat', [join(entry.parentPath, entry.name)], OTHER)).toMatchObject({
        stdout: '',
        status: 1,
      });

    const request = `POST /trigger-screenpop HTTP/1.1\\r\\nHost: 127.0.0.1:${port}\\r\\nContent-Type: application/json\\r\\nContent-Length: 14\\r\\nConnection: close\\r\\n\\r\\n{"userId":"a"}`;
    const script = `exec 3<>/dev/tcp/127.0.0.1/${port}; printf '${request}' >&3; cat <&3`;
    expect(spawnSync('bash', ['-c', script], OTHER).stdout).toMatch(/^HTTP\/1\.1 401 /);
  },
);

test.skipIf(process.platform !== 'linux')(
  'L20 the system knows of no listening socket of poptray’s that is not on a loopback address',
  async () => {
    const { child, port } = await start();
    const own = new Set(
      globSync(`/proc/${child.pid}/fd/*`).map((fd) => /^socket:\[(\d+)\]$/.exec(readlinkSync(fd))?.[1]),
    );
    const tables = ['/proc/net/tcp', '/proc/net/tcp6'].filter((table) => existsSync(table));
    const listening = tables.flatMap((table) =>
      readFileSync(table, 'utf8')
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(/\s+/))
        .filter(([, , , state, , , , , , inode]) => state === '0A' && own.has(inode))
        .map(([, local = '']) => local.split(':')),
    );
    const LOOPBACK = ['0100007F', '00000000000000000000000001000000'];
    for (const [address] of listening) expect(LOOPBACK).toContain(address);
    const ports = listening.map(([, hex = '']) => Number.parseInt(hex, 16));
    expect(ports).toContain(port);
    // The built-in simulator listens as well.
    expect(new Set(ports).size).toBe(2);
  },
);
