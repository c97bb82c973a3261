/** Cuts the power at the steps of what a program was recorded to do, and has each disk looked at that this may leave. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { arrivals } from '../support/arrivals.ts';
import type { Act } from '../support/record-disk.ts';
import { type Arrival, createUnsyncedDisk, type Files } from '../support/unsynced-disk.ts';

/** What a program did. `Known`: what others have heard of it so far; it can be cloned. */
export interface Recorded<Known> {
  readonly acts: readonly Act[];
  /** The folder that the acts name. */
  readonly folder: string;
  readonly nothingKnown: Known;
  /** What is known after an act. */
  learn(known: Known, act: Act): Known;
  /** Starts the program on these files, which a power cut has left, and looks whether all is there of which others have heard. */
  check(files: Files, known: Known): Promise<void>;
}

export const KINDS = Object.keys(arrivals) as (keyof typeof arrivals)[];

/**
 * Cuts the power at so many steps, or at all that differ; returns at how many. What `arrival` leaves open is decided by
 * POWER_CUT_SEED. Rejects with what `check` rejects with, and where that was.
 */
export async function cutPower<Known>(
  { acts, folder, nothingKnown, learn, check }: Recorded<Known>,
  arrival: keyof typeof arrivals,
  times = Number.POSITIVE_INFINITY,
): Promise<number> {
  const below = createBelow(`${arrival} ${process.env.POWER_CUT_SEED ?? 1}`);
  const arrive: Arrival = arrivals[arrival](below);
  const disk = createUnsyncedDisk(folder);
  const cuts: { step: number; files: Files; known: Known }[] = [];
  let known = nothingKnown;
  for (const [step, act] of acts.entries()) {
    disk.act(act);
    known = learn(known, act);
    const files = disk.after(arrive);
    // On the same disk more must be there the more others know.
    if (isDeepStrictEqual(cuts.at(-1)?.files, files)) cuts.pop();
    cuts.push({ step, files, known });
  }
  expect(filesIn(folder), 'the record has missed something').toEqual(
    disk.after(arrivals['all that was written']()),
  );
  while (cuts.length > times) cuts.splice(below(cuts.length), 1);
  for (const { step, files, known } of cuts) {
    try {
      await check(files, known);
    } catch (error) {
      const where = `cut after step ${step} of ${acts.length} (${acts[step]?.what})`;
      throw new Error(`${where}, with ${arrival}: ${(error as Error).message}`, { cause: error });
    }
  }
  return cuts.length;
}

function filesIn(folder: string): Files {
  const paths = readdirSync(folder, { recursive: true }) as string[];
  return new Map(
    ['', ...paths].map((path) => {
      const whole = join(folder, path);
      return [path, statSync(whole).isDirectory() ? null : readFileSync(whole)];
    }),
  );
}

/** Numbers that the seed alone decides. */
function createBelow(seed: string): (bound: number) => number {
  let turn = 0;
  return (bound) => {
    turn += 1;
    return createHash('sha256').update(`${seed} ${turn}`).digest().readUInt32BE() % bound;
  };
}
