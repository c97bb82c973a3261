/** The transport of a browser: JSON over same-origin HTTP, with server-sent events for what is live. */
import type { ApiEvent } from '../../shared/api.ts';
import type { Connection, Transport } from '../transport.ts';

/** The first wait before an event stream that was refused is asked for again, in milliseconds. */
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 15_000;

/** A transport whose paths are relative to the page's, such as `/ui/`. */
export function createHttpTransport(): Transport {
  return {
    async call(name, request) {
      let response: Response;
      try {
        response = await fetch(`api/${name}`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(request),
        });
      } catch {
        return { ok: false, code: 'unreachable' };
      }
      try {
        const result = await response.json();
        if (typeof result?.ok === 'boolean') return result;
      } catch {
        // Not an answer of the operation: its status says what there is to know.
      }
      return { ok: false, code: codeOf(response.status) };
    },
    subscribe,
    async download(format, filter) {
      const link = document.createElement('a');
      link.href = `api/export?${new URLSearchParams({ format, filter: JSON.stringify(filter) })}`;
      link.download = `poptray-audit.${format}`;
      link.click();
    },
  };
}

function codeOf(status: number) {
  if (status === 401 || status === 403) return 'forbidden';
  return status === 400 ? 'invalid_request' : 'internal';
}

function subscribe(
  listener: (event: ApiEvent) => void,
  onConnection: (connection: Connection) => void,
): () => void {
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = FIRST_RETRY_MS;
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };

  function open(): void {
    source = new EventSource('api/events');
    source.onopen = () => {
      wait = FIRST_RETRY_MS;
      onConnection('live');
    };
    source.onmessage = ({ data }) => listener(JSON.parse(data));
    source.onerror = () => {
      onConnection('lost');
      // A browser reconnects after a broken stream, but gives up on one that was refused.
      if (source.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, LAST_RETRY_MS);
    };
  }
}
