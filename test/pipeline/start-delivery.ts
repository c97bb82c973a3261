/** One delivery to Genesys Cloud over fake ports, on a clock that the test moves. */
import { screenPop } from '../../main/destinations/genesys-cloud/genesys-cloud.ts';
import { createHttpDestination } from '../../main/destinations/http/http-destination.ts';
import { signingKey } from '../../main/destinations/http/sign.ts';
import { deliver } from '../../main/pipeline/deliver.ts';
import type { Delivery, DeliveryPlan } from '../../main/pipeline/delivery.ts';
import type { Random } from '../../main/pipeline/ports.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createFakeHttp, createFakeTokens, type FakeHttp, type FakeTokens } from './fakes.ts';

export interface DeliveryTest {
  readonly clock: FakeClock;
  readonly http: FakeHttp;
  readonly tokens: FakeTokens;
  /** The very bytes that go out. */
  readonly request: { readonly body: Uint8Array };
  readonly stop: () => void;
  /** The call has ended. */
  readonly withdraw: () => void;
  /** Begins the delivery. */
  start(plan?: Partial<DeliveryPlan> & { random?: Random; deadlineMs?: number; expiresInMs?: number }): void;
  /** Lets time pass until the delivery has ended; how it ended. */
  end(): Promise<Delivery>;
  /** When the calls were sent, in milliseconds after the start. */
  sentAt(): number[];
  /** When the delivery ended, in milliseconds after the start; undefined while it runs. */
  endedAt(): number | undefined;
}

/** The random number is 0.5 unless the plan says otherwise, so each backoff is half of its longest. */
export function createDeliveryTest(): DeliveryTest {
  const clock = createFakeClock();
  const http = createFakeHttp(clock);
  const tokens = createFakeTokens(clock);
  const declaration = screenPop('https://api.test');
  const request: { body: Uint8Array } = { body: new Uint8Array() };
  const tapped: typeof declaration = {
    ...declaration,
    call(pop) {
      const call = declaration.call(pop);
      request.body = call.body ?? request.body;
      return call;
    },
  };
  const destination = createHttpDestination(tapped, {
    http,
    clock,
    auth: { kind: 'tokens', tokens },
    signing: { header: 'x-payload-signature', key: signingKey('signing-secret') },
  });
  const prepared = destination.prepare({
    popId: 'pop',
    idempotencyKey: 'key-1',
    userId: 'agent',
    applicationId: 'app',
    uri: 'https://app.test/#a=1',
    allowedOrigins: [],
    state: {},
  });
  const began = clock.monotonic();
  const stopping = new AbortController();
  const withdrawn = new AbortController();
  let running: Promise<Delivery>;
  let endedAt: number | undefined;

  return {
    clock,
    http,
    tokens,
    request,
    stop: () => stopping.abort(),
    withdraw: () => withdrawn.abort(),
    start({ random = () => 0.5, deadlineMs = 20_000, expiresInMs, ...plan } = {}) {
      running = deliver(
        prepared,
        {
          destination,
          attemptTimeoutMs: 15_000,
          deadlineAt: began + deadlineMs,
          expiresAt: expiresInMs === undefined ? undefined : clock.now() + expiresInMs,
          withdrawn: withdrawn.signal,
          stopping: stopping.signal,
          ...plan,
        },
        { clock, random },
      );
      const note = () => {
        endedAt = clock.monotonic() - began;
      };
      running.then(note, note);
    },
    async end() {
      await clock.advance(120_000);
      return running;
    },
    sentAt: () => http.calls.map(({ at }) => at - began),
    endedAt: () => endedAt,
  };
}
