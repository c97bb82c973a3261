/** Random histories of calls, run through the whole pipeline, and what must hold of each: contract §1a. */
import * as fc from 'fast-check';
import { expect } from 'vitest';
import { screenPop } from '../../main/destinations/genesys-cloud/genesys-cloud.ts';
import { createHttpDestination } from '../../main/destinations/http/http-destination.ts';
import { signingKey } from '../../main/destinations/http/sign.ts';
import { HttpFailure, type HttpReply } from '../../main/network/http.ts';
import { closeInterrupted } from '../../main/store/close-interrupted.ts';
import type { Store } from '../../main/store/store.ts';
import type { Trigger } from '../../shared/trigger.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createFakeLog, type FakeLog } from './fake-log.ts';
import { type FakeHttp, reply } from './fakes.ts';
import { createWorld, type World } from './world.ts';

/** What becomes of an attempt. `isShown`: the page is, though nobody says so. */
interface Fate {
  readonly kind: 'taken' | 'refused' | 'limited' | 'unreachable' | 'lost' | 'failed' | 'hangs' | 'garbled';
  readonly isShown: boolean;
  readonly afterMs: number;
}

type Step =
  | {
      readonly kind: 'trigger';
      readonly call: number;
      readonly phase: Trigger['phase'];
      readonly key: 'none' | 'own' | 'call' | 'everybody';
      readonly expiresInMs: number | undefined;
    }
  /** The machine stays up, or starts anew. */
  | { readonly kind: 'crash'; readonly isReboot: boolean }
  | { readonly kind: 'stop' }
  | { readonly kind: 'jump' | 'suspend'; readonly ms: number };

export interface History {
  readonly keepsKeys: boolean;
  /** How many it goes to, all of which are required; each goes through the fates from another one on. */
  readonly destinations: number;
  readonly popPhases: readonly NonNullable<Trigger['phase']>[];
  readonly fates: readonly Fate[];
  /** Each after a while. */
  readonly steps: readonly (readonly [waitMs: number, step: Step])[];
}

const fate: fc.Arbitrary<Fate> = fc.record({
  kind: fc.constantFrom(
    'taken',
    'taken',
    'refused',
    'limited',
    'unreachable',
    'lost',
    'failed',
    'hangs',
    'garbled',
  ),
  isShown: fc.boolean(),
  afterMs: fc.constantFrom(0, 50, 1000, 6000, 12_000),
});

const trigger: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('trigger' as const),
  call: fc.nat(2),
  phase: fc.constantFrom('ringing', 'ringing', 'answered', 'answered', undefined, 'manual', 'ended'),
  key: fc.constantFrom('none', 'own', 'call', 'call', 'everybody'),
  expiresInMs: fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom(-1, 500, 5000) },
  ),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: trigger },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const), isReboot: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'stop' } as const) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('jump' as const), ms: fc.constantFrom(-600_000, 600_000) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'suspend', ms: 30_000 } as const) },
);

export const anyHistory: fc.Arbitrary<History> = fc.record({
  keepsKeys: fc.boolean(),
  destinations: fc.constantFrom(1, 1, 2, 3),
  popPhases: fc.constantFrom(['ringing', 'answered', 'manual'], ['answered', 'manual']),
  fates: fc.array(fate, { minLength: 1, maxLength: 12 }),
  steps: fc.array(fc.tuple(fc.constantFrom(0, 0, 20, 700, 3000, 15_000), step), {
    minLength: 1,
    maxLength: 14,
  }),
});

const SHOWN = { id: 'p', status: 'delivered', windowFocused: true };
/** Longer than a history: what is another call only after a while is none here. */
const WINDOW_MS = 3 * 3_600_000;

interface Attempt {
  readonly call: string;
  readonly isWish: boolean;
  readonly key: string;
  /** As far as whoever sent it can know. */
  mayHaveArrived: boolean;
}

/** A destination that shows pages, also after whoever sent them has gone. */
function createDestination(clock: FakeClock, { fates, keepsKeys }: History, from: number) {
  const attempts: Attempt[] = [];
  const shown: { readonly call: string; readonly isWish: boolean }[] = [];
  const keys = new Set<string>();
  const state = { isHealthy: false };
  const healthy: Fate = { kind: 'taken', isShown: true, afterMs: 0 };
  let count = from;

  const send: FakeHttp['send'] = (request, timeoutMs, signal) => {
    const { uri, idempotencyKey: key } = JSON.parse(String(request.body));
    const context = new URLSearchParams(new URL(uri).hash.slice(1));
    const [call, isWish] = [context.get('tag') ?? '', context.has('wish')];
    const { kind, isShown, afterMs } = state.isHealthy ? healthy : (fates[count++ % fates.length] ?? healthy);
    const isSurelyNot = kind === 'refused' || kind === 'limited' || kind === 'unreachable';
    const attempt = { call, isWish, key, mayHaveArrived: !isSurelyNot };
    attempts.push(attempt);

    return new Promise((resolve, reject) => {
      let isOver = false;
      const giveUp = (kind: 'timeout' | 'aborted') => {
        if (isOver) return;
        attempt.mayHaveArrived = true;
        reject(new HttpFailure(kind));
      };
      const cancel = clock.after(timeoutMs, () => giveUp('timeout'));
      signal.addEventListener('abort', () => giveUp('aborted'));
      clock.after(afterMs, () => {
        const isKnown = keepsKeys && keys.has(key);
        if (!isSurelyNot && (isShown || kind === 'taken' || kind === 'garbled') && !isKnown) {
          keys.add(key);
          shown.push({ call, isWish });
        }
        if (kind === 'hangs') return;
        isOver = true;
        cancel();
        if (kind === 'lost') reject(new HttpFailure('connection'));
        else if (kind === 'unreachable') reject(new HttpFailure('unreachable'));
        else resolve(answerTo(kind, isKnown));
      });
    });
  };
  return { attempts, shown, state, http: { calls: [], next() {}, send } satisfies FakeHttp };
}

function answerTo(kind: Fate['kind'], isKnown: boolean): HttpReply {
  if (kind === 'refused') return reply(403);
  if (kind === 'limited') return reply(429);
  if (kind === 'failed') return reply(503);
  if (kind === 'garbled') return reply(200, '{"windowFo');
  return reply(isKnown ? 409 : 200, SHOWN);
}

/** The log as one start of poptray has it: what it writes after its death is not written. */
function logOf(log: FakeLog): { log: FakeLog; die: () => void } {
  let isDead = false;
  const mine: FakeLog = {
    ...log,
    append: (entry, until) => (isDead ? new Promise(() => {}) : log.append(entry, until)),
  };
  return {
    log: mine,
    die() {
      isDead = true;
    },
  };
}

/** Runs a history to its end and then asks each call once more; throws where something does not hold. */
export async function checkHistory(history: History): Promise<void> {
  const { keepsKeys, popPhases, steps } = history;
  let boots = 0;
  const wall: FakeClock = {
    ...createFakeClock(),
    get boot() {
      return `boot-${boots}`;
    },
  };
  const log = createFakeLog(wall);
  const destinations = Array.from({ length: history.destinations }, (_, index) =>
    createDestination(wall, history, index),
  );
  let keys = 0;
  const ended = new Set<string>();
  const answeredOnce = new Set<number>();
  /** Those of a call whose outcome a crash may have left open. */
  const cut = new Set<string>();
  const underWay = new Map<symbol, string>();
  /** What callers were told before it was so. */
  const lies: string[] = [];
  const nameOf = (call: number) => `call-${call}`;
  let current = start(false);
  const pagesAt = ({ shown }: Shown, call: string) =>
    shown.filter((page) => page.call === call && !page.isWish).length;
  const mostPagesOf = (call: string) => Math.max(...destinations.map((one) => pagesAt(one, call)));
  const attemptsAt = () => destinations.map(({ attempts }) => attempts.length);

  function start(isReboot: boolean): { world: World; die: () => void } {
    if (isReboot) boots += 1;
    const mine = logOf(log);
    const world = createWorld({ clock: wall, log: mine.log });
    const { config } = world.settings;
    const signing = { header: 'x-payload-signature', key: signingKey('signing-secret') };
    const auth = { kind: 'tokens', tokens: world.tokens } as const;
    world.settings.outlets = destinations.map(({ http }, index) => ({
      id: `destination-${index}`,
      required: true,
      destination: createHttpDestination(screenPop('https://api.test'), { http, clock: wall, auth, signing }),
    }));
    world.settings.config = {
      ...config,
      popPhases: [...popPhases],
      dedupeWindowMs: WINDOW_MS,
      ringWindowMs: WINDOW_MS,
    };
    if (!keepsKeys) world.keepNoKeys();
    return { world, die: mine.die };
  }

  async function restart(isReboot: boolean): Promise<void> {
    current.die();
    for (const call of underWay.values()) cut.add(call);
    underWay.clear();
    current = start(isReboot);
    await closeInterrupted(storeOf(log), log, log.entries.length);
  }

  /** What a caller is told; undefined while it is not, or when poptray died. */
  function send(call: number, fields: Partial<Trigger>): () => { reason: string } | undefined {
    const name = nameOf(call);
    const isWish = fields.phase === 'manual';
    const party = { call: { from: `+49 ${call}000`, direction: 'inbound' } } as const;
    const id = { interactionId: name };
    const trigger: Partial<Trigger> = {
      ...(call === 0 ? id : call === 1 ? { ...id, ...party } : party),
      customerData: { tag: name, ...(isWish && { wish: '1' }) },
      ...fields,
    };
    const mine = Symbol(name);
    if (!isWish) underWay.set(mine, name);
    let told: { reason: string } | undefined;
    const note = (reason: string) => {
      if (underWay.get(mine) === undefined && !isWish) return;
      underWay.delete(mine);
      told = { reason };
      const isShown = destinations.every(({ shown }) => shown.some((page) => page.call === name));
      const isTrue =
        reason === 'delivered' || reason === 'dedupe'
          ? isShown
          : reason === 'ended'
            ? ended.has(name)
            : !(keepsKeys && (reason === 'unknown' || reason === 'outcome_unknown'));
      if (!isTrue) lies.push(`${name} was told "${reason}"`);
    };
    current.world.send(trigger).then(
      ({ body }) => {
        const { status, reason } = JSON.parse(body);
        note(reason ?? status);
      },
      (error) => note(error.code ?? String(error)),
    );
    return () => told;
  }

  for (const [waitMs, step] of steps) {
    await wall.advance(waitMs);
    if (step.kind === 'crash') await restart(step.isReboot);
    if (step.kind === 'stop') {
      current.world.stop();
      await wall.advance(0);
      await restart(false);
    }
    if (step.kind === 'jump') wall.jump(step.ms);
    if (step.kind === 'suspend') wall.suspend(step.ms);
    if (step.kind === 'trigger') {
      const { call, key, expiresInMs } = step;
      // Without an id a ringing after answered would be another call.
      const phase =
        call === 2 && answeredOnce.has(call) && step.phase !== 'manual' && step.phase !== 'ended'
          ? 'answered'
          : step.phase;
      if (phase === 'answered') answeredOnce.add(call);
      if (phase === 'ended') {
        ended.add(nameOf(call));
        answeredOnce.add(call);
      }
      const idempotencyKey = { none: undefined, own: `own-${keys++}`, call: nameOf(call), everybody: 'k' }[
        phase === 'manual' ? 'none' : key
      ];
      send(call, {
        ...(phase !== undefined && { phase }),
        ...(idempotencyKey !== undefined && { idempotencyKey }),
        ...(expiresInMs !== undefined && { expiresAt: new Date(wall.now() + expiresInMs).toISOString() }),
      });
    }
  }
  await wall.advance(120_000);
  expect(lies).toEqual([]);
  expect(gaveUpAlone(log), 'gave up though no pop of its call was under way').toEqual([]);
  checkAttempts();

  for (const { state } of destinations) state.isHealthy = true;
  for (const call of [0, 1, 2]) {
    const name = nameOf(call);
    const before = {
      pages: mostPagesOf(name),
      attempts: attemptsAt(),
      doubtful: destinations.map((one) => mayHaveArrived(one, name)),
    };
    const told = send(call, { phase: 'answered' });
    await wall.advance(1000);
    const answer = told()?.reason;
    if (ended.has(name)) {
      expect(mostPagesOf(name)).toBeLessThanOrEqual(Math.max(1, before.pages));
      continue;
    }
    const isDoubtful = before.doubtful.includes(true) || cut.has(name);
    if (!keepsKeys && isDoubtful && (answer === 'unknown' || answer === 'outcome_unknown')) {
      for (const [index, one] of destinations.entries()) {
        if (answer === 'unknown' || before.doubtful[index])
          expect(one.attempts.length, 'nothing more is sent').toBe(before.attempts[index]);
        expect(pagesAt(one, name)).toBeLessThanOrEqual(1);
      }
      continue;
    }
    expect(['delivered', 'dedupe'], `${name} with ${before.pages} pages`).toContain(answer);
    for (const one of destinations) expect(pagesAt(one, name), `pages of ${name}`).toBe(1);
  }

  function mayHaveArrived({ attempts }: Shown, call: string): boolean {
    return attempts.some((attempt) => attempt.call === call && !attempt.isWish && attempt.mayHaveArrived);
  }

  function checkAttempts(): void {
    for (const call of [0, 1, 2].map(nameOf)) {
      for (const one of destinations) {
        const mine = one.attempts.filter((attempt) => attempt.call === call && !attempt.isWish);
        expect(pagesAt(one, call), `pages of ${call}`).toBeLessThanOrEqual(1);
        const first = mine.findIndex((attempt) => attempt.mayHaveArrived);
        const later = first < 0 ? [] : mine.slice(first + 1);
        if (keepsKeys) {
          expect(
            later.every(({ key }) => key === mine[first]?.key),
            `keys of ${call}`,
          ).toBe(true);
        } else expect(later, 'sent after it may have arrived').toEqual([]);
      }
    }
  }
}

type Shown = Pick<ReturnType<typeof createDestination>, 'attempts' | 'shown'>;

/** Those that waited in vain for nothing: no other pop of their call was under way when their time was over. */
function gaveUpAlone({ entries }: FakeLog): string[] {
  const open = new Map<string, string>();
  const alone: string[] = [];
  for (const { type, popId, interaction, code, endpoint, destinations } of entries) {
    if (popId === null || interaction === null || type === 'delivery') continue;
    if (type === 'intent') open.set(popId, interaction);
    else open.delete(popId);
    const isWaiter = code === 'upstream_timeout' && endpoint === null && destinations === null;
    if (isWaiter && ![...open.values()].includes(interaction)) alone.push(popId);
  }
  return alone;
}

/** As much of a store as a start needs to close what a crash has cut off. */
function storeOf(log: FakeLog): Store {
  const hasResult = new Set(log.entries.flatMap(({ type, popId }) => (type === 'result' ? [popId] : [])));
  const openIntents = () =>
    log.entries.filter(({ type, popId }) => type === 'intent' && !hasResult.has(popId));
  const deliveriesOf = (pop: string) =>
    log.entries.filter(({ type, popId }) => type === 'delivery' && popId === pop);
  return { openIntents, deliveriesOf, findByKey: log.findByKey } as unknown as Store;
}
