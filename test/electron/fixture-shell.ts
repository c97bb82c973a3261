/** The built shell around the dashboard in memory, for the files that test it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';
import { type Desktop, type Start, startDesktop } from './driver.ts';
import { eventually } from './eventually.ts';
import { buildRoot, removeRoot } from './root.ts';

interface Trace {
  readonly client?: string;
  readonly name?: string;
  readonly request?: unknown;
  readonly port?: number;
  readonly stopped?: boolean;
  readonly abandoned?: boolean;
}

export interface OpenShell {
  readonly desktop: Desktop;
  readonly start: Start & { readonly dataDir: string };
  /** What its app was asked to do. */
  trace(): Trace[];
  fired(): Trace[];
  /** What it wrote to its own log. */
  log(): string;
}

export interface OpenOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Programs that the user has agreed to in an earlier start. */
  readonly callers?: readonly string[];
}

/** Builds it once for the file; returns how to start it: in the tray alone, unless `args` say otherwise. Its windows are empty, unless a page of a real Chromium is asked for. */
export function useFixtureShell(
  pages: 'real' | 'none' = 'none',
): (args?: readonly string[], options?: OpenOptions) => Promise<OpenShell> {
  let root: string;
  beforeAll(async () => {
    root = await buildRoot('test/electron/fixture/index.ts', 'fixture');
  }, 60_000);
  afterAll(() => removeRoot(root));

  return async (args = ['--hidden'], { env = {}, callers } = {}) => {
    const start = {
      root,
      dataDir: join(tempDir(), 'data'),
      args,
      env: { STAND_IN_PAGES: pages, ...env },
    };
    if (callers) {
      mkdirSync(start.dataDir, { mode: 0o700 });
      writeFileSync(join(start.dataDir, 'shell.json'), JSON.stringify({ callers }), { mode: 0o600 });
    }
    const read = (file: string) => readFileSync(join(start.dataDir, file), 'utf8');
    const trace = () =>
      read('trace.jsonl')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Trace);
    return {
      desktop: await startDesktop(start),
      start,
      trace,
      fired: () => trace().filter(({ name }) => name === 'popFire'),
      log: () => read('logs/poptray.log'),
    };
  };
}

/** Waits for the notice about a new caller and turns to it; the question gets this button. */
export async function answerCaller(desktop: Desktop, button: 0 | 1): Promise<void> {
  await desktop.do('answer', button);
  const wants = async () =>
    (await desktop.do('notices')).findIndex(({ title }) => title?.includes('wants to show screen pops'));
  await eventually(wants).not.toBe(-1);
  await desktop.do('clickNotice', await wants());
}
