/** The destination and the functions beside the pop say here that they are in trouble: since when, why; it is kept in a file, for a restart and for the command. */
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { nameOfTrouble } from '../../shared/say-trouble.ts';
import { createSerialQueue } from '../../shared/serial-queue.ts';
import {
  type ReportTrouble,
  type SideFunction,
  type Trouble,
  type TroublePart,
  troubleSchema,
} from '../../shared/trouble.ts';
import type { Clock } from '../pipeline/ports.ts';
import { codeOfError, type Logger } from './logger.ts';

export interface Troubles {
  readonly report: ReportTrouble;
  /** Of this part there are no others any more. */
  keepOnly(part: TroublePart, names: Iterable<string>): void;
  /** Those in trouble, the longest first. */
  list(): Trouble[];
  /** From now on `listener` hears when that changes. */
  onNews(listener: () => void): void;
  /** Resolves when the file says what stands. */
  stop(): Promise<void>;
}

/** Runs what pops do not need: what it throws is a trouble of this part, whose words begin with `what`, and nothing more. */
export async function beside(
  report: ReportTrouble,
  part: SideFunction,
  what: string,
  run: () => unknown,
): Promise<void> {
  try {
    await run();
    report(part, '', null);
  } catch (error) {
    const code = codeOfError(error);
    report(part, '', { code, why: `${what} (${code})` });
  }
}

const fileSchema = z.strictObject({ version: z.literal(1), troubles: z.array(troubleSchema) });

const pathIn = (dataDir: string) => join(dataDir, 'troubles.json');

/** What the file says; nothing where there is none, or one that cannot be read: who is in trouble says so again. */
export function readTroubles(dataDir: string): Trouble[] {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(pathIn(dataDir), 'utf8'))).troubles;
  } catch {
    return [];
  }
}

export interface TroublesDeps {
  readonly dataDir: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Pick<Logger, 'warn'>;
  /** Hears that the file could not be written; what stands is known here all the same. */
  readonly onFault: (error: unknown) => void;
}

export function openTroubles({ dataDir, clock, logger, onFault }: TroublesDeps): Troubles {
  const all = new Map(readTroubles(dataDir).map((trouble) => [nameOfTrouble(trouble), trouble]));
  const inTurn = createSerialQueue();
  let isWritten = true;
  let writing: Promise<void> = Promise.resolve();
  let onNews = () => {};

  /** Off the pops' way, and once for all that is said meanwhile. */
  function changed(): void {
    onNews();
    if (!isWritten) return;
    isWritten = false;
    writing = inTurn(async () => {
      isWritten = true;
      const path = pathIn(dataDir);
      const text = `${JSON.stringify({ version: 1, troubles: [...all.values()] })}\n`;
      await writeFile(`${path}.tmp`, text, { mode: 0o600, flush: true });
      await rename(`${path}.tmp`, path);
    }).catch(onFault);
  }

  function end(trouble: Trouble): void {
    all.delete(nameOfTrouble(trouble));
    logger.warn('out of trouble', { what: nameOfTrouble(trouble) });
    changed();
  }

  return {
    report(part, name, cause) {
      const key = nameOfTrouble({ part, name });
      const before = all.get(key);
      if (cause === null) {
        if (before) end(before);
        return;
      }
      if (before?.code === cause.code && before.why === cause.why) return;
      const since = before?.since ?? new Date(clock.now()).toISOString();
      all.set(key, { part, name, since, ...cause });
      if (before?.code !== cause.code) logger.warn('in trouble', { what: key, since, ...cause });
      changed();
    },
    keepOnly(part, names) {
      const kept = new Set(names);
      for (const trouble of [...all.values()])
        if (trouble.part === part && !kept.has(trouble.name)) end(trouble);
    },
    list: () => [...all.values()].toSorted((a, b) => Date.parse(a.since) - Date.parse(b.since)),
    onNews(listener) {
      onNews = listener;
    },
    stop: () => writing,
  };
}
