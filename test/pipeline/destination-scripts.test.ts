/** Random scripts of outcomes at one to four destinations, held against a model that says what a key comes to. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { PopError } from '../../main/pipeline/errors.ts';
import type { DestinationReply, Trigger } from '../../shared/trigger.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createScripted, type Fate } from './scripted-destinations.ts';
import { createWorld } from './world.ts';

type Told = Exclude<Fate, 'limited' | 'never'>;

interface Script {
  readonly mode: 'all' | 'first';
  readonly destinations: readonly { readonly keepsKeys: boolean; readonly required: boolean }[];
  /** What becomes of each sending at each destination. */
  readonly sendings: readonly (readonly Told[])[];
  /** Whether each is a further trigger of one call, or the same trigger once more. */
  readonly isCall: boolean;
  /** Before which of them poptray is started anew. */
  readonly restarts: readonly boolean[];
}

const fates = ['shown', 'behind', 'unseen', 'refused', 'refused', 'unreachable', 'lost'] as const;

const anyScript: fc.Arbitrary<Script> = fc.integer({ min: 1, max: 4 }).chain((count) =>
  fc.record({
    mode: fc.constantFrom('all', 'first'),
    destinations: fc.array(fc.record({ keepsKeys: fc.boolean(), required: fc.boolean() }), {
      minLength: count,
      maxLength: count,
    }),
    sendings: fc.array(fc.array(fc.constantFrom(...fates), { minLength: count, maxLength: count }), {
      minLength: 1,
      maxLength: 4,
    }),
    isCall: fc.boolean(),
    restarts: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  }),
);

const CODES: Partial<Record<Told, string>> = {
  refused: 'upstream_rejected',
  unreachable: 'upstream_unavailable',
  lost: 'upstream_failed',
};
const FOCUS: Partial<Record<Told, boolean>> = { shown: true, behind: false };

/** What the promise of the contract comes to, said once more and otherwise. */
function createModel({ mode, destinations, isCall }: Script) {
  const all = destinations.map(({ keepsKeys, required }, index) => ({
    id: `d${index}`,
    keepsKeys,
    required: mode === 'all' && required,
    calls: 0,
    state: 'no' as 'no' | 'maybe' | 'yes',
    reply: undefined as Omit<DestinationReply, 'latencyMs'> | undefined,
    known: undefined as Omit<DestinationReply, 'latencyMs'> | undefined,
  }));
  const isSeveral = all.length > 1;
  let answer: { status: string; windowFocused: boolean | null } | undefined;

  function isEnough(): boolean {
    const required = all.filter((one) => one.required);
    return required.length > 0
      ? required.every(({ state }) => state === 'yes')
      : all.some(({ state }) => state === 'yes');
  }

  /** What the caller hears. */
  return {
    all,
    send(told: readonly Told[]) {
      if (answer) return isCall ? { reason: 'dedupe' } : { ...answer, replies: replies() };
      const blind = all.filter(({ state, keepsKeys }) => state === 'maybe' && !keepsKeys);
      const open =
        mode === 'all'
          ? all.filter((one) => one.state !== 'yes' && !blind.includes(one))
          : blind.length > 0
            ? []
            : all.some(({ state }) => state === 'maybe')
              ? all.filter(({ state }) => state === 'maybe')
              : all;
      if (open.length === 0)
        return isCall ? { reason: 'unknown' } : { code: 'outcome_unknown', replies: replies() };
      // Tried anew from the beginning, what the last sending came to is forgotten.
      if (open === all) for (const one of all) one.reply = undefined;
      // A key knows its last sending, a call all of them.
      else if (mode === 'first' && isCall)
        for (const one of all) if (!open.includes(one)) one.reply = one.known;
      let last = open[0];
      for (const one of open) {
        const fate = told[all.indexOf(one)] as Told;
        one.calls += fate === 'unreachable' || (fate === 'lost' && one.keepsKeys) ? 3 : 1;
        const code = fate === 'lost' && !one.keepsKeys ? 'outcome_unknown' : CODES[fate];
        if (code === undefined) one.state = 'yes';
        else if (fate === 'lost') one.state = 'maybe';
        const status = code === undefined ? 'delivered' : code === 'outcome_unknown' ? 'unknown' : 'failed';
        one.reply = { id: one.id, status, windowFocused: FOCUS[fate] ?? null, ...(code && { code }) };
        one.known = one.reply;
        last = one;
        if (mode === 'first' && one.state !== 'no') break;
      }
      if (isEnough()) {
        const said = all.flatMap(({ reply }) => reply?.windowFocused ?? []);
        const windowFocused = said.includes(true) ? true : said.includes(false) ? false : null;
        answer = { status: 'delivered', windowFocused };
        return { ...answer, replies: replies() };
      }
      const failed = all.filter(({ reply }) => reply && reply.status !== 'delivered');
      const required = all.some((one) => one.required);
      const deciding = required
        ? failed.find((one) => one.required)
        : (failed.find(({ state }) => state === 'maybe') ?? (mode === 'first' ? last : failed.at(-1)));
      return { code: deciding?.reply?.code, replies: replies() };
    },
  };

  function replies() {
    return isSeveral ? all.flatMap(({ reply }) => reply ?? []) : undefined;
  }
}

async function check(script: Script): Promise<void> {
  const { mode, destinations, sendings, isCall, restarts } = script;
  const clock = createFakeClock();
  const scripted = destinations.map((one, index) => createScripted(clock, `d${index}`, one));
  const model = createModel(script);
  let world: ReturnType<typeof createWorld> | undefined;
  for (const [index, told] of sendings.entries()) {
    if (!world || restarts[index]) {
      world = createWorld(world ? { clock, log: world.log } : { clock });
      const { config } = world.settings;
      const applications = config.applications.map((one) => ({ ...one, mode }));
      world.settings.config = { ...config, applications };
      world.settings.outlets = scripted.map(({ outlet }) => outlet);
    }
    for (const [at, one] of scripted.entries()) one.only(told[at] as Told);
    const trigger: Partial<Trigger> = isCall
      ? { interactionId: 'call', phase: 'answered', idempotencyKey: `key-${index}` }
      : { idempotencyKey: 'key-0' };
    const heard = await settledOf(world, trigger);
    const expected = model.send(told);
    expect(heard, `sending ${index}`).toMatchObject(
      Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== undefined)),
    );
    expect(scripted.map(({ keys }) => keys.length)).toEqual(model.all.map(({ calls }) => calls));
  }
  expect(new Set(scripted.flatMap(({ keys }) => keys)).size, 'keys').toBeLessThanOrEqual(1);
}

async function settledOf({ pop }: ReturnType<typeof createWorld>, trigger: Partial<Trigger>) {
  try {
    const { status, reason, windowFocused, destinations: replies } = await pop(trigger);
    return reason ? { reason } : { status, windowFocused, replies };
  } catch (error) {
    if (!(error instanceof PopError)) throw error;
    return { code: error.code, replies: error.details.destinations };
  }
}

test('whatever becomes of its sendings, a pop comes to what the contract says, and is sent nowhere once too often', async () => {
  await fc.assert(fc.asyncProperty(anyScript, check), { numRuns: 400 });
}, 120_000);
