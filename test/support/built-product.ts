/** What `npm run build` made, as people start it: for the attacks and faults that are tried on the product itself. */
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { auditDir } from '../../main/audit/format/segments.ts';
import { readEntries } from '../../main/audit/read/entries.ts';
import { ensureDataDir } from '../../main/platform/data-dir.ts';
import { writePrivateFile } from '../../main/platform/private-file.ts';
import { type HeadlessOptions, run, startHeadless } from './headless.ts';
import { openLink } from './open-link.ts';
import { tempDir } from './temp-dir.ts';
import { USER } from './test-app.ts';

export const JSON_TYPE = { 'content-type': 'application/json' };
const ROOT = join(import.meta.dirname, '../..');

export interface BuiltOptions {
  readonly env?: HeadlessOptions['env'];
  readonly settings?: object;
  /** A new one without. */
  readonly dataDir?: string;
}

/** For a `beforeAll`: builds it where it is older than its sources. */
export function build(): void {
  execFileSync(process.execPath, [join(ROOT, 'scripts/build.ts'), '--if-stale']);
}

/** A data folder in a folder that is as open to other users as their home may be. */
export function newDataDir(): string {
  const parent = tempDir();
  chmodSync(parent, 0o755);
  const dataDir = join(parent, 'data');
  ensureDataDir(dataDir);
  return dataDir;
}

/** The built command; resolves when it has ended. */
export async function runBuilt(
  { dataDir, env = {} }: Pick<HeadlessOptions, 'dataDir' | 'env'>,
  ...args: string[]
): Promise<{ code: number | string; output: string }> {
  const command = run('cli.ts', args, { dataDir, env, isBuilt: true });
  const code = await command.ended;
  return { code, output: command.output() };
}

function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith('socket:');
  } catch {
    // Closed meanwhile.
    return false;
  }
}

/** The built program, serving. */
export async function startBuilt({ env = {}, settings, dataDir = newDataDir() }: BuiltOptions = {}) {
  if (settings) writePrivateFile(join(dataDir, 'settings.json'), JSON.stringify({ version: 1, ...settings }));
  const options = { dataDir, env, isBuilt: true };
  const headless = await startHeadless(options);
  const poptray = async (...args: string[]) => {
    const { code, output } = await runBuilt(options, ...args);
    expect(code, output).toBe(0);
    return output;
  };
  const link = async () => /http:\S+/.exec(await poptray('dashboard'))?.[0] ?? '';
  return {
    ...headless,
    dataDir,
    port: Number(new URL(headless.url).port),
    /** Ends in order. */
    async stop() {
      headless.kill('SIGTERM');
      expect(await headless.ended).toBe(0);
    },
    poptray,
    link,
    /** A session of the dashboard, as its page has one. */
    async session() {
      const { headers } = await openLink(await link());
      return {
        headers,
        call: async (name: string, request: object) => {
          const body = JSON.stringify(request);
          const init = { method: 'POST', headers: { ...headers, ...JSON_TYPE }, body };
          return (await (await fetch(`${headless.url}/ui/api/${name}`, init)).json()) as {
            ok: boolean;
            code?: string;
            value: unknown;
          };
        },
      };
    },
    pop: async () => (await headless.post({ userId: USER })).status,
    /** In the log so far. */
    entries: () => [...readEntries(auditDir(dataDir))],
    /** Of all that it keeps, in bytes. */
    size: () =>
      readdirSync(dataDir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0),
    /** Of its process. */
    sockets: () =>
      readdirSync(`/proc/${headless.pid}/fd`).filter((fd) => isSocket(`/proc/${headless.pid}/fd/${fd}`))
        .length,
    programLog: () => readFileSync(join(dataDir, 'logs/poptray.log'), 'utf8'),
    /** Resident, in bytes. */
    memory: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${headless.pid}/status`, 'utf8'))?.[1]) * 1024,
  };
}
