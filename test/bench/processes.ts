/** The processes of a benchmark, all ended with it. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };

export const ROOT = join(import.meta.dirname, '../..');
export const TOKEN = 'bench-local-token-0123456789abcdef';
export const TRIGGER = JSON.stringify({
  userId: '3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b',
  customerData: { customerName: 'Ada Lovelace', caseId: 'C-1' },
});
export const HEADERS = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` };

const children = new Set<ChildProcess>();
const folders: string[] = [];

export interface Served {
  readonly child: ChildProcess;
  readonly url: string;
  /** From the start of the process until it listens, in milliseconds. */
  readonly listeningAfterMs: number;
}

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'poptray-bench-'));
  folders.push(folder);
  return folder;
}

/** Runs one of these files; the URL it listens on. */
export async function startHelper(
  file: 'stub.ts' | 'floor.ts' | 'least.ts',
  ...args: string[]
): Promise<string> {
  const child = fork(join(import.meta.dirname, file), args);
  children.add(child);
  return `http://127.0.0.1:${await new Promise<number>((resolve) => child.once('message', (port) => resolve(port as number)))}`;
}

/** What the environment needs to be for a poptray that delivers to the stub, with everything on. */
export function environment(stub: string): Record<string, string> {
  return {
    GENESYS_BASE_URL: stub,
    GENESYS_CLIENT_ID: 'bench',
    GENESYS_CLIENT_SECRET: 'bench-secret',
    SIGNING_SECRET: 'bench-signing-secret',
    PRODUCTIVITY_WEBHOOK_URL: `${new URL(stub).origin}/webhook`,
    PRODUCTIVITY_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
  };
}

/** The built headless poptray, as `npm run headless` runs it. */
export async function startPoptray(env: Record<string, string>, folder = newFolder()): Promise<Served> {
  const began = performance.now();
  const [, , ...program] = packageJson.scripts.headless.split(' ');
  const child = spawn(process.execPath, [...program, '--port', '0', '--data-dir', folder], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      POPTRAY_KEYCHAIN: 'off',
      POPTRAY_TOKEN: TOKEN,
      POPTRAY_RATE_LIMIT: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  let complaints = '';
  child.stderr.on('data', (text) => {
    complaints += text;
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`poptray ended with ${code}: ${complaints}`)));
    child.stdout.on('data', (text: Buffer) => {
      const found = /listens on (\S+)/.exec(String(text))?.[1];
      if (found) resolve(found);
    });
  });
  return { child, url, listeningAfterMs: performance.now() - began };
}

/** The built tray application, on the stand-in for Electron; its pages are those of a real Chromium. */
export async function startTray(folder: string): Promise<Pick<Served, 'child' | 'url'>> {
  const child = fork(join(ROOT, 'dist/main/index.js'), ['--port', '0', '--data-dir', folder, '--hidden'], {
    execArgv: ['--import', new URL('../electron/stand-in/register.ts', import.meta.url).href],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DISPLAY: ':0',
      STAND_IN_ROOT: ROOT,
      POPTRAY_KEYCHAIN: 'off',
      POPTRAY_TOKEN: TOKEN,
      POPTRAY_RATE_LIMIT: '0',
    },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  children.add(child);
  const note = join(folder, 'endpoint.json');
  while (!existsSync(note)) {
    if (child.exitCode !== null) throw new Error(`the tray application ended with ${child.exitCode}`);
    await sleep(50);
  }
  const { port } = JSON.parse(readFileSync(note, 'utf8')) as { port: number };
  return { child, url: `http://127.0.0.1:${port}` };
}

export async function end(
  { child }: { child: ChildProcess },
  signal: NodeJS.Signals = 'SIGKILL',
): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
  children.delete(child);
}

/** Ends all processes and removes all folders. */
export function cleanUp(): void {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Resident memory in MB (2^20 bytes). */
export function residentMb({ child }: { child: ChildProcess }): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** Time of the processor that a process has used so far, in milliseconds. */
export function cpuMs({ child }: { child: ChildProcess }): number {
  // After the name, which may have blanks; the fields are in ticks of a hundredth of a second (proc(5)).
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
