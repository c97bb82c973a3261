/** The built shell around the dashboard in memory, for the files that test it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';
import { type Desktop, type Start, startDesktop } from './driver.ts';
import { buildRoot, removeRoot } from './root.ts';

interface Trace {
  readonly client?: string;
  readonly name?: string;
  readonly request?: unknown;
  readonly port?: number;
  readonly stopped?: boolean;
}

export interface OpenShell {
  readonly desktop: Desktop;
  readonly start: Start;
  /** What its app was asked to do. */
  trace(): Trace[];
  fired(): Trace[];
  /** What it wrote to its own log. */
  log(): string;
}

/** Builds it once for the file; returns how to start it: in the tray alone, unless `args` say otherwise. */
export function useFixtureShell(): (args?: readonly string[]) => Promise<OpenShell> {
  let root: string;
  beforeAll(async () => {
    root = await buildRoot('test/electron/fixture/index.ts', 'fixture');
  }, 60_000);
  afterAll(() => removeRoot(root));

  return async (args = ['--hidden']) => {
    const start: Start = { root, dataDir: join(tempDir(), 'data'), args };
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
