/** Marked values for every field and every secret, and every way that a trigger can end, with them in it. */
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Headless } from './headless.ts';
import type { Receiver } from './receiver.ts';
import { reply, type startStubDestination } from './stub-destination.ts';
import { TOKEN, USER } from './test-app.ts';

type Stub = Awaited<ReturnType<typeof startStubDestination>>;
type Handler = Parameters<Stub['onPop']>[number];

/** A text that every spelling writes differently, with a core that none can miss. */
export const mark = (name: string) => `Zoë "${name}-5f1c" & Söhne/=+`;

export const CUSTOMER = {
  'a value': mark('Mvalue'),
  'a name': 'Mname-5f1c',
  'the session': mark('Msession'),
  'the interaction': mark('Minteraction'),
  'the leg': mark('Mleg'),
  'the caller': mark('Mcaller'),
  "the caller's name": mark('Mcallername'),
  'the called party': mark('Mcalled'),
  'the queue': mark('Mqueue'),
  'a number': '+49 30 5550 7319 26',
  // In whatever form it is compared with others.
  'its digits': '493055507319',
  'a state value': mark('Mstate'),
  'a state name': mark('Mstatename'),
  'the browser': 'Mbrowser-5f1c',
  'the extension': mark('Mextension'),
  'an unknown application': mark('Mapplication'),
  'an unknown value': mark('Munknown'),
  'a broken body': 'Mbroken-5f1c',
  'a path': 'Mpath-5f1c',
  'a query': 'Mquery-5f1c',
  'a header': 'Mheader-5f1c',
};
export const SECRETS = {
  'the client secret': 'Sclient-5f1c+/~',
  'the signing secret': 'Ssigning-5f1c+/~',
  'the webhook secret': `whsec_${Buffer.from('Swebhook-5f1c-Swebhook-5f1c-').toString('base64')}`,
  'the local token': TOKEN,
  'the access token': 'Saccess-5f1c-Saccess-5f1c',
  'a wrong token': 'Swrong-5f1c-Swrong-5f1c-Swrong-5f1c',
};

const TRIGGER = {
  userId: USER,
  customerData: { [CUSTOMER['a name']]: CUSTOMER['a value'], other: CUSTOMER['a value'] },
  sessionToken: CUSTOMER['the session'],
  interactionId: CUSTOMER['the interaction'],
  leg: CUSTOMER['the leg'],
  call: {
    from: CUSTOMER['the caller'],
    fromName: CUSTOMER["the caller's name"],
    to: CUSTOMER['the called party'],
    queue: CUSTOMER['the queue'],
  },
  state: { [CUSTOMER['a state name']]: [CUSTOMER['a state value']] },
  client: { browser: CUSTOMER['the browser'], extensionId: CUSTOMER['the extension'] },
};

/** Takes them all; `say` gets every answer. */
export async function provoke(
  app: Headless,
  destination: Stub,
  receiver: Receiver,
  say: (name: string, text: string) => void,
) {
  const seen = new Set<number>();
  const fireOnce = async (name: string, trigger: unknown, headers: Record<string, string> = {}) => {
    const response = await app.post(trigger, headers);
    seen.add(response.status);
    say(`${name} (${response.status})`, `${JSON.stringify([...response.headers])}${await response.text()}`);
    return response.status;
  };
  /** Waits out the local limit. */
  const fire = async (...call: Parameters<typeof fireOnce>) => {
    while ((await fireOnce(...call)) === 429) await setTimeout(100);
  };
  const raw = async (name: string, text: string) => {
    const answer = await exchange(app.url, text);
    seen.add(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]));
    say(name, answer);
  };
  /** Everything that came, sent back. */
  const echo =
    (code: number): Handler =>
    (received, response) => {
      const correlation = CUSTOMER['a value'].replace(/[^ -~]/g, '');
      const json = {
        'content-type': 'application/json',
        'inin-correlation-id': correlation,
        'retry-after': '60',
      };
      response.writeHead(code, json);
      response.end(JSON.stringify({ error: 'x', message: String(received.body), ...received.headers }));
    };
  const granted = reply(200, {
    access_token: SECRETS['the access token'],
    token_type: 'bearer',
    expires_in: 9999,
  });

  // The token endpoint, with all it was told in its answer.
  destination.onToken(echo(400), echo(500), echo(500), echo(500), echo(200), echo(200), echo(200));
  for (let turn = 0; turn < 3; turn += 1) await fire('no token', TRIGGER);
  destination.onToken(...Array.from({ length: 20 }, () => granted));

  // Webhooks that go wrong, and one that ends it all.
  receiver.answer = (response, { body, headers }) => {
    response.writeHead(500).end(JSON.stringify({ body, headers }));
  };
  for (let turn = 0; destination.pops.length === 0 && turn < 20; turn += 1) await fire('delivered', TRIGGER);
  await fire('delivered', { ...TRIGGER, interactionId: 'x', idempotencyKey: 'k1' });
  await fire('replayed', { ...TRIGGER, interactionId: 'x', idempotencyKey: 'k1' });
  await fire('reused', { ...TRIGGER, idempotencyKey: 'k1' });
  await fire('deduped', TRIGGER);
  await fire('policy', { ...TRIGGER, phase: 'ended' });
  await fire('expired', { ...TRIGGER, expiresAt: '2020-01-01T00:00:00Z' });
  // Calls without an id, known by the number: that of the caller, of the called party, or in place of an id.
  const { interactionId: _id, leg: _leg, call: _call, ...free } = TRIGGER;
  const number = CUSTOMER['a number'];
  await fire('delivered', { ...free, phase: 'ringing', call: { from: number } });
  await fire('deduped', { ...free, phase: 'answered', call: { from: `"${number}" <sip:${number}@x>` } });
  await fire('ended', { ...free, phase: 'ended', call: { from: `tel:${number}` } });
  await fire('delivered', { ...free, phase: 'answered', call: { to: number, direction: 'outbound' } });
  await fire('number for an id', { ...free, phase: 'ringing', interactionId: number });
  await fire('number for a key', { ...free, call: { from: number }, idempotencyKey: 'k2' });
  for (const code of [400, 401, 401, 403, 404, 429, 500, 503, 302, 200]) {
    destination.onPop(echo(code));
    await fire(`destination ${code}`, free);
  }
  destination.onPop((_received, response) => response.socket?.destroy());
  await fire('reset', free);
  destination.onPop(() => {});
  await fire('timeout', free);
  receiver.answer = (response, { body }) => response.writeHead(410).end(body);
  await fire('gone', free);

  await fire('application', { ...free, application: CUSTOMER['an unknown application'] });
  await fire('unknown field', { ...free, x: CUSTOMER['an unknown value'] });
  await fire('name with a blank', { ...free, customerData: { [`${CUSTOMER['a name']} `]: 'x' } });
  await fire('long value', { ...free, customerData: { a: CUSTOMER['a value'].repeat(100) } });
  await fire('bad state', { ...free, state: CUSTOMER['a state value'] });
  await fire('bad client', { ...free, client: { browser: [CUSTOMER['the browser']] } });
  await fire('bad call', { ...free, call: { from: [number], x: CUSTOMER['the caller'] } });
  await fire('bad direction', { ...free, call: { from: number, direction: CUSTOMER['the queue'] } });
  await fire('long caller', { ...free, call: { from: number.repeat(40) } });
  await fire('bad leg', { ...free, leg: [CUSTOMER['the leg']] });
  await fire('bad session', { ...free, sessionToken: [CUSTOMER['the session']] });
  await fire('bad phase', { ...free, phase: CUSTOMER['an unknown value'] });
  await fire('bad time', { ...free, expiresAt: CUSTOMER['an unknown value'] });
  await fire('bad user', { ...free, userId: CUSTOMER['an unknown value'] });
  await fire('huge', { ...free, customerData: { a: CUSTOMER['a value'].repeat(4000) } });
  await fire('wrong token', free, { authorization: `Bearer ${SECRETS['a wrong token']}` });
  await fire('wrong scheme', free, { authorization: `Basic ${SECRETS['a wrong token']}` });
  await fire('web page', free, { origin: `https://${CUSTOMER['a header']}.example` });
  await fire('content type', free, { 'content-type': `text/${CUSTOMER['a header']}` });

  const head = (line: string, more = '') =>
    `${line} HTTP/1.1\r\nhost: ${new URL(app.url).host}\r\nauthorization: Bearer ${TOKEN}\r\n${more}\r\n`;
  const [path, query, broken] = [CUSTOMER['a path'], CUSTOMER['a query'], CUSTOMER['a broken body']];
  await raw('path', head(`GET /${path}?${query}`));
  await raw('bad path', head(`GET /%${path}`));
  await raw('method', head(`DELETE /trigger-screenpop?${query}`));
  await raw('host', `GET /${path} HTTP/1.1\r\nhost: ${CUSTOMER['a header']}\r\n\r\n`);
  await raw('bad header', head('GET /healthz', `${CUSTOMER['a header']} : x\r\n`));
  await raw('long header', head('GET /healthz', `x: ${CUSTOMER['a header'].repeat(2000)}\r\n`));
  await raw('no HTTP', `${broken}\r\n\r\n`);
  for (const body of [
    `{"a":"${broken}`,
    broken,
    `{"__proto__":"${broken}"}`,
    `{"userId":"${USER}"}${broken}`,
  ]) {
    const more = `content-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n`;
    await raw('body', head('POST /trigger-screenpop', more) + body);
  }
  await Promise.all(Array.from({ length: 200 }, () => fireOnce('too many', { ...free, phase: 'ended' })));

  const expected = [200, 400, 401, 403, 404, 405, 413, 415, 421, 422, 429, 431, 502, 503, 504];
  expect([...seen].toSorted()).toEqual(expect.arrayContaining(expected));
}

/** Sends bytes and reads until the connection ends or is quiet. */
function exchange(url: string, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
    socket.setTimeout(300, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}
