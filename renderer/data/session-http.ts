/** HTTP of a page whose tab has a session: its calls, and server-sent events that it follows again and again. */
import { delay } from '../../shared/delay.ts';
import { SESSION_HEADER } from '../../shared/session-secret.ts';
import type { Connection } from '../transport.ts';
import { openTabSession, type TabSession } from './tab-session.ts';

/** The first wait before an event stream that was refused is asked for again, in milliseconds. */
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 15_000;

const clock = {
  after(ms: number, callback: () => void) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

export interface SessionHttp {
  readonly session: TabSession;
  /** Below the page's `api/`. Rejects when there is no answer; null without a session, and when the answer is that it has ended. */
  ask(path: string, init?: RequestInit): Promise<Response | null>;
  /** The same with a secret that may no longer be the session's. */
  send(path: string, init: RequestInit, secret: string): Promise<Response | null>;
  /** Follows `api/events`, whose events are of one type. Returns its end. */
  follow<Event>(listener: (event: Event) => void, onConnection: (connection: Connection) => void): () => void;
}

/** Its paths are relative to the page's, such as `/ui/`. While its tab has no session, it asks for nothing. */
export function openSessionHttp(): SessionHttp {
  const session = openTabSession();

  async function ask(path: string, init: RequestInit = {}): Promise<Response | null> {
    await session.settled;
    return session.secret === null ? null : send(path, init, session.secret);
  }

  async function send(path: string, init: RequestInit, secret: string): Promise<Response | null> {
    const response = await fetch(`api/${path}`, {
      ...init,
      headers: { ...init.headers, [SESSION_HEADER]: secret },
    });
    if (response.status !== 401 && response.status !== 403) return response;
    session.drop(secret);
    return null;
  }

  return {
    session,
    ask,
    send,
    follow<Event>(listener: (event: Event) => void, onConnection: (connection: Connection) => void) {
      let stopping = new AbortController();
      let isOver = false;
      void follow();
      const forget = session.onCome(() => {
        stopping.abort();
        stopping = new AbortController();
        void follow();
      });
      return () => {
        isOver = true;
        forget();
        stopping.abort();
      };

      async function follow(): Promise<void> {
        const { signal } = stopping;
        let wait = FIRST_RETRY_MS;
        let state: Connection = 'connecting';
        const turn = (next: Connection) => {
          state = next;
          if (!isOver && !signal.aborted) onConnection(next);
        };
        while (!isOver && !signal.aborted) {
          try {
            const response = await ask('events', { signal });
            if (response === null) return turn(state === 'connecting' ? 'none' : 'ended');
            if (!response.ok || !response.body) throw new Error('no stream');
            wait = FIRST_RETRY_MS;
            const since = performance.now();
            turn('live');
            for await (const event of eventsIn<Event>(response.body)) listener(event);
            // Ended in order: whether it was the session or poptray, the next answer tells.
            if (performance.now() - since > FIRST_RETRY_MS) continue;
          } catch {
            // Cut off, or not there: the same to who waits.
          }
          if (isOver || signal.aborted) return;
          turn('lost');
          await delay(clock, wait, signal);
          wait = Math.min(wait * 2, LAST_RETRY_MS);
        }
      }
    },
  };
}

export function posted(request: object): RequestInit {
  return {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(request),
  };
}

/** Those of ours have one line each. */
async function* eventsIn<Event>(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Event> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let begun = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (begun + value).split('\n');
    begun = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data: ')) yield JSON.parse(line.slice('data: '.length));
  }
}
