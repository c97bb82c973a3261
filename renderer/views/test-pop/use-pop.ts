/** Fires a pop, says aloud what came of it, and keeps the answer for the view. */
import { useState } from 'preact/hooks';
import type { ApiRequest } from '../../../shared/api.ts';
import { useStore } from '../../data/store.ts';
import { failureText } from '../../parts/states.tsx';
import type { CallFailure } from '../../transport.ts';
import { type PopAnswer, sayAnswer } from './answer-note.tsx';

export interface Pop {
  readonly isSending: boolean;
  /** Of the last one that was sent. */
  readonly answer: PopAnswer | undefined;
  readonly failure: CallFailure | undefined;
  /** Resolves with the answer, or with undefined where none came; does nothing while one is under way. */
  send<Name extends 'popFire' | 'popSendAgain'>(
    name: Name,
    request: ApiRequest<Name>,
  ): Promise<PopAnswer | undefined>;
}

/** One at a time. */
export function usePop(): Pop {
  const store = useStore();
  const [state, setState] = useState<Omit<Pop, 'send'>>({
    isSending: false,
    answer: undefined,
    failure: undefined,
  });
  return {
    ...state,
    async send(name, request) {
      if (state.isSending) return undefined;
      setState((before) => ({ ...before, isSending: true }));
      const result = await store.call(name, request);
      const [answer, failure] = result.ok ? [result.value, undefined] : [undefined, result];
      setState({ isSending: false, answer, failure });
      store.announce(answer ? sayAnswer(answer) : failure ? failureText(failure) : '');
      return answer;
    },
  };
}
