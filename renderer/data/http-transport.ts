/** The transport of a browser: JSON over same-origin HTTP, with server-sent events for what is live. */
import { exportFormats } from '../../shared/export-formats.ts';
import { sessionIdOf } from '../../shared/session-secret.ts';
import type { CallFailure, Transport } from '../transport.ts';
import { openSessionHttp, posted } from './session-http.ts';

/** A transport whose paths are relative to the page's, such as `/ui/`. While its tab has no session, it asks for nothing. */
export function createHttpTransport(): Transport {
  const { session, ask, send, follow } = openSessionHttp();

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
    subscribe: follow,
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

function failureOf({ status }: Response): CallFailure {
  return { ok: false, code: status === 400 ? 'invalid_request' : 'internal' };
}

function save(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
