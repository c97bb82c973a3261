/** A destination that shows each key once, as Genesys Cloud would, and notes whatever should not have come. */
import { serve } from './servers.ts';

export interface IdempotentDestination {
  readonly url: string;
  /** The body of each key. */
  readonly keys: ReadonlyMap<string, string>;
  /** Keys that came with another body, and context that came under another key. */
  readonly wrongs: string[];
  /** Forgets all, and has shown these bodies by their keys. */
  beginAnew(shown: ReadonlyMap<string, string>): void;
}

/** `delay` says how many milliseconds a pop takes to show. */
export async function startIdempotentDestination(delay: () => number): Promise<IdempotentDestination> {
  const keys = new Map<string, string>();
  const contexts = new Map<string, string>();
  const wrongs: string[] = [];
  const url = await serve(async (request, response) => {
    const chunks = await request.toArray().catch(() => undefined);
    // Cut off on its way: nothing is shown.
    if (!chunks) return;
    const body = String(Buffer.concat(chunks));
    const reply = (status: number, value: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (request.url === '/oauth/token') {
      reply(200, { access_token: 'a', token_type: 'bearer', expires_in: 86_400 });
      return;
    }
    const key = String(request.headers['idempotency-key']);
    const sent = JSON.parse(body) as { idempotencyKey: string };
    if (sent.idempotencyKey !== key) wrongs.push(`${key} is ${sent.idempotencyKey} in the body`);
    if (keys.has(key) && keys.get(key) !== body) wrongs.push(`${key} came with another body`);
    const context = contextIn(body);
    if (contexts.has(context) && contexts.get(context) !== key) wrongs.push(`${context} came under two keys`);
    contexts.set(context, key);
    const isNew = !keys.has(key);
    keys.set(key, body);
    const shown = { id: key, status: 'delivered', windowFocused: true, deliveryTimeMs: 1 };
    setTimeout(() => reply(isNew ? 200 : 409, shown), delay());
  });
  return {
    url,
    keys,
    wrongs,
    beginAnew(shown) {
      keys.clear();
      contexts.clear();
      wrongs.length = 0;
      for (const [key, body] of shown) {
        keys.set(key, body);
        contexts.set(contextIn(body), key);
      }
    },
  };
}

function contextIn(body: string): string {
  return (JSON.parse(body) as { uri: string }).uri.split('#')[1] ?? '';
}
