/** The whole pipeline over fakes: real Genesys Cloud calls, but no network, no disk and no waiting. */

import { createHash } from 'node:crypto';
import { screenPop } from '../../main/destinations/genesys-cloud/genesys-cloud.ts';
import {
  createHttpDestination,
  type HttpDeclaration,
} from '../../main/destinations/http/http-destination.ts';
import { signingKey } from '../../main/destinations/http/sign.ts';
import type { CallEnd } from '../../main/pipeline/calls.ts';
import { PopError } from '../../main/pipeline/errors.ts';
import { createPipeline } from '../../main/pipeline/pipeline.ts';
import type { Answer, FramingCheck, Outlet, Pipeline, PipelineConfig } from '../../main/pipeline/ports.ts';
import { sealContext } from '../../main/platform/seal-context.ts';
import { settingsSchema } from '../../shared/settings.ts';
import { type Trigger, type TriggerReply, triggerSchema } from '../../shared/trigger.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createFakeLog, type FakeLog } from './fake-log.ts';
import { createFakeHttp, createFakeTokens, type FakeHttp, type FakeTokens } from './fakes.ts';

export const USER = '3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b';

export interface World {
  readonly clock: FakeClock;
  readonly log: FakeLog;
  readonly http: FakeHttp;
  readonly tokens: FakeTokens;
  readonly pipeline: Pipeline;
  /** Assign to them to change the settings. */
  readonly settings: { config: PipelineConfig; outlets: readonly Outlet[]; framing: FramingCheck };
  /** From now on the destination keeps no keys. */
  keepNoKeys(repeats?: boolean): void;
  /** The calls of which something was sent and that have ended, oldest first. */
  readonly callEnds: CallEnd[];
  stop(): void;
  /** Sends a trigger, which was received just now. */
  send(trigger?: Partial<Trigger>): Promise<Answer>;
  /** Sends a trigger and lets time pass until it is answered; the reply's body. */
  pop(trigger?: Partial<Trigger>): Promise<TriggerReply>;
  /** The same for a trigger that fails. */
  fail(trigger?: Partial<Trigger>): Promise<PopError>;
  /** The bodies of the calls that were sent. */
  sent(): { applicationId: string; uri: string; state: object; idempotencyKey: string }[];
}

/** How often poptray was started over a log, so that no id comes twice. */
const starts = new WeakMap<object, number>();

/** Another world over the same log is poptray after a restart. */
export function createWorld({
  clock = createFakeClock(),
  log = createFakeLog(clock),
  http = createFakeHttp(clock),
  declaration = screenPop('https://api.test'),
}: {
  clock?: FakeClock;
  log?: FakeLog;
  http?: FakeHttp;
  declaration?: HttpDeclaration;
} = {}): World {
  const tokens = createFakeTokens(clock);
  const stopping = new AbortController();
  const settings: World['settings'] = {
    config: {
      ...settingsSchema.parse({}),
      webhooks: ['hook'],
      matrices: new Map(),
      isPaused: false,
    },
    outlets: [
      {
        id: 'genesys',
        required: true,
        destination: createHttpDestination(declaration, {
          http,
          clock,
          auth: { kind: 'tokens', tokens },
          signing: { header: 'x-payload-signature', key: signingKey('signing-secret') },
        }),
      },
    ],
    framing: () => undefined,
  };
  const generation = starts.get(log.entries) ?? 0;
  starts.set(log.entries, generation + 1);
  let pops = 0;

  /** Long enough for three attempts, too short for a window of dedupe or a day to matter. */
  async function settled<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const note = () => {
      isSettled = true;
    };
    promise.then(note, note);
    for (let step = 0; step < 200 && !isSettled; step += 1) {
      await clock.advance(0);
      const [next] = clock.pending();
      if (!isSettled && next !== undefined) await clock.advance(next);
    }
    return promise;
  }

  const callEnds: CallEnd[] = [];
  const world: World = {
    callEnds,
    clock,
    log,
    http,
    tokens,
    settings,
    pipeline: createPipeline({
      clock,
      ids: {
        popId: () => `pop-${generation}-${++pops}`,
        idempotencyKey: () => `made-${generation}-${pops}`,
      },
      random: () => 0.5,
      digest: (text) => createHash('sha256').update(text).digest('base64url'),
      audit: log,
      history: log,
      config: () => settings.config,
      outlets: () => settings.outlets,
      framing: (application, destination) => settings.framing(application, destination),
      seal: sealContext,
      stopping: stopping.signal,
      onCallEnd: (end) => void callEnds.push(end),
    }),
    keepNoKeys(repeats = false) {
      settings.outlets = settings.outlets.map((outlet) =>
        'destination' in outlet
          ? { ...outlet, destination: { ...outlet.destination, keepsKeys: false, repeats } }
          : outlet,
      );
    },
    stop: () => stopping.abort(),
    send: (trigger) =>
      world.pipeline.handle({
        trigger: triggerSchema.parse({ userId: USER, ...trigger }),
        client: 'softphone',
        receivedAt: clock.monotonic(),
      }),
    async pop(trigger) {
      return JSON.parse((await settled(world.send(trigger))).body);
    },
    async fail(trigger) {
      const outcome = await settled(world.send(trigger)).catch((error) => error);
      if (!(outcome instanceof PopError)) throw new Error(`did not fail: ${JSON.stringify(outcome)}`);
      return outcome;
    },
    sent: () => http.calls.map(({ body }) => JSON.parse(body)),
  };
  return world;
}
