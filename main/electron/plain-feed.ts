/** What the update feed answers: Chromium would unpack it whole, however much that is. */
import type { OutgoingHttpHeaders } from 'node:http';
import { EncodedReply, isEncoded, PLAIN } from '../network/encoded-reply.ts';

/** Of what lists the updates, in bytes; what is listed is as large as it says. */
const MAX_LIST_BYTES = 1024 * 1024;

interface Reply {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  on(event: 'data', listener: (chunk: { readonly length: number }) => void): unknown;
}

interface Call {
  abort(): void;
  emit(event: 'error', error: Error): boolean;
}

/** As electron-updater's executor makes its requests. */
export interface Executor {
  createRequest(
    options: { path?: string | null; headers?: OutgoingHttpHeaders },
    callback: (reply: Reply) => void,
  ): Call;
}

/** From now on its requests ask for plain replies, and end with an error for others and for a list that is too long. */
export function takePlainReplies(executor: Executor): void {
  const create = executor.createRequest.bind(executor);
  executor.createRequest = (options, callback) => {
    const call = create({ ...options, headers: { ...options.headers, ...PLAIN } }, (reply) => {
      const fail = (error: Error) => {
        call.emit('error', error);
        call.abort();
      };
      if (isEncoded(reply.headers)) return fail(new EncodedReply());
      let left = isList(options.path) ? MAX_LIST_BYTES : Number.POSITIVE_INFINITY;
      reply.on('data', ({ length }) => {
        left -= length;
        if (left < 0 && left + length >= 0) fail(new Error('the list of updates is too long'));
      });
      callback(reply);
    });
    return call;
  };
}

function isList(path: string | null | undefined): boolean {
  return /\.ya?ml(\?|$)/i.test(path ?? '');
}
