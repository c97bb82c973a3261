/** A plain HTTP client for the simulator's tests: every header is the test's own. */
import { createHmac } from 'node:crypto';
import { type Agent, type IncomingHttpHeaders, request } from 'node:http';
import { onTestFinished } from 'vitest';
import { createSimulator, type SimulatorOptions } from '../../main/simulator/simulator.ts';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: () => Record<string, unknown>;
}

export interface CallOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
}

/** Sends once on a connection of its own, unless an agent is given; rejects when the connection breaks. */
export function call(url: string, { method = 'POST', headers = {}, body, agent }: CallOptions = {}) {
  return new Promise<Reply>((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: agent ?? false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const json = () => JSON.parse(text) as Record<string, unknown>;
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const CLIENT_ID = 'poptray-client';
const CLIENT_SECRET = 'not/really+a-secret%';
const SIGNING_SECRET = 'signing';
export const JSON_TYPE = { 'content-type': 'application/json' };
export const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };

export const basic = (id = CLIENT_ID, secret = CLIENT_SECRET) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});

export const signature = (bytes: string | Buffer, secret = SIGNING_SECRET) =>
  createHmac('sha256', secret).update(bytes).digest('base64');

export const POP = {
  applicationId: 'com.example.customapp',
  uri: 'https://app.mydashboard.com/agent-view#sessionToken=s3cr3t&name=Zo%C3%AB',
  state: { uiMode: 'focused', priority: 'high' } as Record<string, unknown>,
  idempotencyKey: 'key-1',
};

export interface PopOptions {
  readonly userId?: string;
  /** Instead of the serialised pop. */
  readonly bytes?: string | Buffer;
  /** Over the right ones; undefined leaves one out. */
  readonly headers?: Record<string, string | undefined>;
  readonly agent?: Agent;
}

/** A running simulator on a free port, gone after the test, with a client that holds a token. */
export async function openSimulator(options: SimulatorOptions = {}) {
  const simulator = createSimulator({
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    signingSecret: SIGNING_SECRET,
    ...options,
  });
  const { baseUrl } = await simulator.start(0);
  onTestFinished(() => simulator.stop());

  const askToken = (headers: Record<string, string> = {}, body = 'grant_type=client_credentials') =>
    call(`${baseUrl}/oauth/token`, { headers: { ...basic(), ...FORM_TYPE, ...headers }, body });
  const newToken = async () => String((await askToken()).json().access_token);
  const token = await newToken();

  const pop = (over: Readonly<Record<string, unknown>> = {}, how: PopOptions = {}) => {
    const bytes = how.bytes ?? JSON.stringify({ ...POP, ...over });
    const headers = {
      ...JSON_TYPE,
      authorization: `Bearer ${token}`,
      'idempotency-key': String(over.idempotencyKey ?? POP.idempotencyKey),
      'x-payload-signature': signature(bytes),
      ...how.headers,
    };
    const sent = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return call(`${baseUrl}/api/v2/users/${how.userId ?? 'agent-1'}/screenpops`, {
      headers: Object.fromEntries(sent),
      body: bytes,
      ...(how.agent && { agent: how.agent }),
    });
  };

  return { simulator, baseUrl, token, newToken, askToken, pop };
}

/** A timer that the test fires by hand: `next()` waits until one is asked for. */
export function manualTimers() {
  const asked: { ms: number; fire: () => void }[] = [];
  const wanted: ((timer: { ms: number; fire: () => void }) => void)[] = [];
  let cancelled = 0;
  return {
    after(ms: number, fire: () => void) {
      const take = wanted.shift();
      if (take) take({ ms, fire });
      else asked.push({ ms, fire });
      return () => {
        cancelled += 1;
      };
    },
    next: () =>
      new Promise<{ ms: number; fire: () => void }>((resolve) => {
        const timer = asked.shift();
        if (timer) resolve(timer);
        else wanted.push(resolve);
      }),
    cancelled: () => cancelled,
  };
}
