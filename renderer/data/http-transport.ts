/** The transport of a browser: JSON over same-origin HTTP, with server-sent events for what is live. */
import type { ApiEvent } from '../../shared/api.ts';
import { delay } from '../../shared/delay.ts';
import { exportFormats } from '../../shared/export-formats.ts';
import { SESSION_HEADER, sessionIdOf } from '../../shared/session-secret.ts';
import type { CallFailure, Connection, Transport } from '../transport.ts';
import { openTabSession } from './tab-session.ts';

/** The first wait before an event stream that was refused is asked for again, in milliseconds. */
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 15_000;

const clock = {
  after(ms: number, callback: () => void) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** A transport whose paths are relative to the page's, such as `/ui/`. While its tab has no session, it asks for nothing. */
export function createHttpTransport(): Transport {
  const session = openTabSession();

  /** Rejects when there is no answer; null without a session, and when the answer is that it has ended. */
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

  const call: Transport['call'] = async (name, request) => {
    let response: Response | null;
    try {
      response = await ask(name, posted(request));
    } catch {
      return { ok: false, code: 'unreachable' };
    }
    if (response === null) return { ok: false, code: 'forbidden' };
    try {
      const result = await response.json();
      if (typeof result?.ok === 'boolean') return result;
    } catch {
      // Not an answer of the operation: its status says what there is to know.
    }
    return failureOf(response);
  };

  return {
    call,
    subscribe: (listener, onConnection) => {
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
            for await (const event of eventsIn(response.body)) listener(event);
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
    async download(format, filter) {
      try {
        const response = await ask(
          `export?${new URLSearchParams({ format, filter: JSON.stringify(filter) })}`,
        );
        if (response === null) return { ok: false, code: 'forbidden' };
        if (!response.ok) return failureOf(response);
        save(await response.blob(), `poptray-audit.${exportFormats[format].extension}`);
        return null;
      } catch {
        return { ok: false, code: 'unreachable' };
      }
    },
    async signOut() {
      const { secret } = session;
      if (secret === null) return;
      // First, so that it is gone from here whether poptray answers or not.
      session.drop(secret);
      await send('sessionEnd', posted({ id: sessionIdOf(secret) }), secret).catch(() => null);
    },
    sessionId: () => session.secret && sessionIdOf(session.secret),
  };
}

function posted(request: object): RequestInit {
  return {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(request),
  };
}

function failureOf({ status }: Response): CallFailure {
  return { ok: false, code: status === 400 ? 'invalid_request' : 'internal' };
}

/** Those of ours have one line each. */
async function* eventsIn(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<ApiEvent> {
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

function save(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
