/** Brings the read models up to the log, behind when that takes long, and closes what a crash has cut off. */
import { scheduler } from 'node:timers/promises';
import { delay } from '../../shared/delay.ts';
import { createSerialQueue } from '../../shared/serial-queue.ts';
import { PopError } from '../pipeline/errors.ts';
import type { Clock } from '../pipeline/ports.ts';
import type { CatchUpStep } from './catch-up-steps.ts';
import type { Store } from './store.ts';

/** The start waits this long for it, in milliseconds: enough for some thousand entries. */
const START_WAITS_MS = 50;
/** How often its progress is told, in milliseconds. */
const TELL_EVERY_MS = 2000;
/** While pops press, each step is followed by this much for them, in milliseconds. */
const ROOM_MS = 5;
/** After a fault of our own disk, in milliseconds. */
const REST_MS = 1000;

export interface CatchUp {
  /** Until the last 24 hours are known; rejects with `audit_unavailable` when the log cannot be read. */
  readonly loading: Promise<void> | undefined;
  /** Resolves when the models say all that the log says; rejects with `audit_unavailable` when they never will. */
  readonly whole: Promise<void>;
  /** How much of the log has been read, from 0 to 1; null when there is no more to read. */
  share(): number | null;
  /** Closes once more what a crash has cut off. */
  closeInterrupted(): Promise<void>;
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

export interface CatchUpDeps {
  readonly store: Store;
  /** Closes what a crash has cut off before this start, as far as the store knows it. */
  readonly closeInterrupted: () => Promise<void>;
  readonly clock: Clock;
  /** Whether pops press. */
  readonly isBusy: () => boolean;
  /** Hears from time to time how much has been read, once the start does not wait for it any longer. */
  readonly onProgress: (share: number) => void;
  /** Hears in the end how many entries were read, and whether the start did not wait for it. */
  readonly onWhole: (read: number, wasBehind: boolean) => void;
  readonly onFault: (event: string) => (error: unknown) => void;
}

/** Resolves when it is done or takes long. */
export async function startCatchUp(deps: CatchUpDeps): Promise<CatchUp> {
  const { store, clock, onProgress, onFault } = deps;
  const [recent, whole] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let loading: Promise<void> | undefined = recent.promise;
  let share: number | null = 0;
  let isStopped = false;
  let isBehind = false;
  const inTurn = createSerialQueue();
  const stuck = Promise.withResolvers<void>();

  const running = run().catch((cause: unknown) => {
    if (!isStopped) onFault('the read models cannot be brought up to the log')(cause);
    const fault = new PopError('audit_unavailable', 'the audit log cannot be read', { cause });
    for (const { promise, reject } of [recent, whole]) {
      promise.catch(() => {});
      reject(fault);
    }
  });
  await Promise.race([running, stuck.promise, delay(clock, START_WAITS_MS)]);
  isBehind = share !== null;
  if (isBehind) tellOnAndOn();

  return {
    get loading() {
      return loading;
    },
    whole: whole.promise,
    share: () => share,
    closeInterrupted,
    async stop() {
      isStopped = true;
      await running;
    },
  };

  async function run(): Promise<void> {
    let read = 0;
    for (const step of store.catchUp()) {
      read = step.read;
      share = step.of === 0 ? 1 : step.read / step.of;
      if (step.knowsRecent && loading) await know();
      await passPops(step);
      if (isStopped) throw new Error('stopped');
    }
    if (loading) await know();
    await closeInterrupted();
    share = null;
    deps.onWhole(read, isBehind);
    whole.resolve();
  }

  async function know(): Promise<void> {
    await closeInterrupted();
    loading = undefined;
    recent.resolve();
  }

  /** One after the other, so that nothing is closed twice. */
  function closeInterrupted(): Promise<void> {
    return inTurn(deps.closeInterrupted).catch(onFault('what a crash has cut off could not be closed'));
  }

  async function passPops({ isStuck }: CatchUpStep): Promise<void> {
    // What triggers wait for is not put off.
    if (!isStuck) return loading === undefined && deps.isBusy() ? delay(clock, ROOM_MS) : scheduler.yield();
    stuck.resolve();
    await delay(clock, REST_MS);
  }

  function tellOnAndOn(): void {
    if (share === null || isStopped) return;
    onProgress(share);
    clock.after(TELL_EVERY_MS, tellOnAndOn);
  }
}
