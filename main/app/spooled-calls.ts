/** Takes the calls that were spooled while poptray was not there: once each, and the log tells what became of them. */
import * as z from 'zod';
import { clientOf, PHONE_NAME } from '../../shared/phone-name.ts';
import type { Dashboard } from '../api/api.ts';
import type { Refusals } from '../endpoint/refusals.ts';
import type { Clock } from '../pipeline/ports.ts';
import type { Note } from '../platform/note-folder.ts';
import { dropSpooled, readSpooled, type SpooledCall } from './call-spool.ts';

/** How often they are looked for, in milliseconds. */
const LOOK_MS = 1000;

const phone = z.string().regex(PHONE_NAME).nullable();
const spooledSchema: z.ZodType<SpooledCall> = z.union([
  z.strictObject({
    phone,
    // What else stands in it, the pop's own check judges.
    trigger: z.looseObject({ idempotencyKey: z.string(), expiresAt: z.iso.datetime() }),
  }),
  z.strictObject({ phone, fault: z.string().max(200) }),
]);

export interface SpooledCallsDeps {
  readonly dataDir: string;
  /** Fires pops under the name of this client. */
  readonly dashboardFor: (client: string) => Pick<Dashboard, 'call'>;
  readonly refusals: Pick<Refusals, 'record'>;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}

export interface SpooledCalls {
  /** Resolves when those under way have ended. */
  stop(): Promise<void>;
}

/** Looks for them from now on. */
export function takeSpooledCalls({
  dataDir,
  dashboardFor,
  refusals,
  clock,
  onFault,
}: SpooledCallsDeps): SpooledCalls {
  const underWay = new Map<string, Promise<void>>();
  let cancel = () => {};
  look();

  function look(): void {
    try {
      for (const note of readSpooled(dataDir, (value) => spooledSchema.safeParse(value).data)) {
        const { id } = note;
        if (underWay.has(id)) continue;
        const taken = take(note).catch(onFault);
        underWay.set(
          id,
          taken.finally(() => underWay.delete(id)),
        );
      }
    } catch (error) {
      onFault(error);
    }
    cancel = clock.after(LOOK_MS, look);
  }

  async function take({ id, value }: Note<SpooledCall>): Promise<void> {
    const client = clientOf(value.phone);
    if ('fault' in value)
      await refusals.record({ code: 'invalid_trigger', message: value.fault, details: {} }, { client }, null);
    else if (!(await isOver(client, value.trigger))) return;
    dropSpooled(dataDir, { id });
  }

  /** Not while the log takes nothing: the call stays until its time is over, and its key sees to it that it pops once. */
  async function isOver(client: string, trigger: { readonly expiresAt: string }): Promise<boolean> {
    const result = await dashboardFor(client).call('popFire', { trigger });
    const isShut = result.ok && 'code' in result.value && result.value.code === 'audit_unavailable';
    return !isShut || Date.parse(trigger.expiresAt) <= clock.now();
  }

  return {
    async stop() {
      cancel();
      await Promise.all(underWay.values());
    },
  };
}
