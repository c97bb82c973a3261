/** An operation's answer as state of a component. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ApiRequest, ApiResponse, Operation } from '../../shared/api.ts';
import type { CallFailure } from '../transport.ts';
import { useStore } from './store.ts';

export interface Answer<Value> {
  /** The last value; it stays while a newer one is on its way. */
  readonly value: Value | undefined;
  readonly failure: CallFailure | undefined;
  readonly isLoading: boolean;
  reload(): void;
}

/** Calls at once, when the request changes, after a reconnection, and on `reload`. */
export function useAnswer<Name extends Operation>(
  name: Name,
  request: ApiRequest<Name>,
): Answer<ApiResponse<Name>> {
  const store = useStore();
  const [state, setState] = useState<Omit<Answer<ApiResponse<Name>>, 'reload'>>({
    value: undefined,
    failure: undefined,
    isLoading: true,
  });
  const [round, setRound] = useState(0);
  const latest = useRef(0);
  const key = JSON.stringify(request);
  const generation = store.generation.value;

  // The request counts by its content, and rounds only trigger
  useEffect(() => {
    const run = ++latest.current;
    setState((before) => ({ ...before, isLoading: true }));
    store.call(name, JSON.parse(key)).then((result) => {
      if (run !== latest.current) return;
      setState((before) =>
        result.ok
          ? { value: result.value, failure: undefined, isLoading: false }
          : { value: before.value, failure: result, isLoading: false },
      );
    });
  }, [store, name, key, generation, round]);

  return { ...state, reload: () => setRound((n) => n + 1) };
}
