/** A Genesys Cloud stand-in on loopback: tokens, screen pops, and faults on demand. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { controlRoutes } from './control-routes.ts';
import { createServer } from './create-server.ts';
import { createFaultScript, type FaultInput } from './fault-script.ts';
import { createPopLedger, type ReceivedPop } from './pop-ledger.ts';
import { type Screen, screenpopRoute } from './screenpop-route.ts';
import { tokenRoute } from './token-route.ts';
import { createTokens } from './tokens.ts';
import { createWaits } from './waits.ts';

export interface SimulatorOptions {
  /** Random if left out, as is the secret. */
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** Left out: the signature must be there, but is not verified. */
  readonly signingSecret?: string | undefined;
  /** 86,400 if left out. */
  readonly tokenLifetimeSeconds?: number | undefined;
  /** Of one token; 300 if left out; 0 or Infinity: no limit. */
  readonly rateLimitPerMinute?: number | undefined;
  /** Milliseconds that every token and every pop takes; 0 if left out. */
  readonly latencyMs?: number | undefined;
  /** Where pops are seen, and its pages; without it nobody says whether a window had the focus. */
  readonly screen?: (Screen & { routes(scope: FastifyInstance): Promise<void> }) | undefined;
  /** Epoch milliseconds: for token lifetimes, rate windows and the 24 hours of a key. */
  readonly clock?: { now(): number } | undefined;
  /** Calls back once after `ms` and returns its cancel; real timers if left out. */
  readonly after?: ((ms: number, callback: () => void) => () => void) | undefined;
}

export interface Simulator {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Listens on 127.0.0.1 (0: any free port); rejects with Node's error, such as EADDRINUSE. */
  start(port: number): Promise<{ baseUrl: string }>;
  /** Closes at once, calls under way too; it may be started again, and then still knows its tokens and keys. */
  stop(): Promise<void>;
  /** Appends to the script of faults; throws ZodError for what is no fault. */
  addFault(fault: FaultInput): void;
  clearFaults(): void;
  /** The last 100 pops shown, oldest first. In memory only; the bodies hold customer data. */
  readonly received: readonly ReceivedPop[];
  /** Calls so far, refused ones too. */
  readonly tokenCalls: number;
  readonly popCalls: number;
  /** Pops shown so far; a repeat of a key shows nothing. */
  readonly popsShown: number;
}

/** A simulator that does not listen yet. */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const clientId = options.clientId ?? randomUUID();
  const clientSecret = options.clientSecret ?? randomBytes(32).toString('base64url');
  const clock = options.clock ?? { now: () => Date.now() };
  const latencyMs = options.latencyMs ?? 0;
  const lifetimeSeconds = options.tokenLifetimeSeconds ?? 86_400;
  const counters = { tokenCalls: 0, popCalls: 0 };
  const faults = createFaultScript();
  const ledger = createPopLedger(clock);
  const tokens = createTokens(clock, lifetimeSeconds);
  const { wait, cancelAll } = createWaits(options.after);
  let app: FastifyInstance | undefined;

  function build(): FastifyInstance {
    const server = createServer();
    const shared = { tokens, faults, wait, latencyMs };
    server.register(
      tokenRoute({
        ...shared,
        clientId,
        clientSecret,
        lifetimeSeconds,
        onCall: () => {
          counters.tokenCalls += 1;
        },
      }),
    );
    server.register(
      screenpopRoute({
        ...shared,
        clock,
        ledger,
        screen: options.screen,
        signingSecret: options.signingSecret,
        rateLimitPerMinute: options.rateLimitPerMinute ?? 300,
        onCall: () => {
          counters.popCalls += 1;
        },
      }),
    );
    server.register(controlRoutes({ faults, ledger, counters }));
    if (options.screen) server.register(options.screen.routes);
    return server;
  }

  return {
    clientId,
    clientSecret,
    async start(port) {
      if (app) throw new Error('the simulator is running already');
      const server = build();
      app = server;
      try {
        await server.listen({ host: '127.0.0.1', port });
      } catch (error) {
        app = undefined;
        await server.close();
        throw error;
      }
      const { port: bound } = server.server.address() as AddressInfo;
      return { baseUrl: `http://127.0.0.1:${bound}` };
    },
    async stop() {
      const running = app;
      app = undefined;
      cancelAll();
      await running?.close();
    },
    addFault(fault) {
      faults.add(fault);
    },
    clearFaults: () => faults.clear(),
    get received() {
      return ledger.received();
    },
    get tokenCalls() {
      return counters.tokenCalls;
    },
    get popCalls() {
      return counters.popCalls;
    },
    get popsShown() {
      return ledger.shown();
    },
  };
}
