/** The preview of a draft, asked for while a person types. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ApiResponse } from '../../../shared/api.ts';
import { useStore } from '../../data/store.ts';
import type { FieldProblem } from '../../parts/problems-at.ts';
import type { CallFailure } from '../../transport.ts';
import { type Draft, triggerOf } from './draft.ts';

/** How long a person pauses before what was typed is checked, in milliseconds. */
const PAUSE_MS = 250;

export type Preview = Extract<ApiResponse<'popPreview'>, { uri: string }>;
export type Problem = Extract<ApiResponse<'popPreview'>, { code: string }>;

export interface PreviewState {
  readonly preview?: Preview;
  readonly problem?: Problem;
  readonly failure?: CallFailure;
  readonly problems: readonly FieldProblem[];
}

/** The app's problems by field; its pointers may be those of the request around the trigger. */
export function fieldProblemsOf(problem: Problem): readonly FieldProblem[] {
  return (problem.errors ?? []).map(({ pointer, detail }) => ({
    pointer: pointer.replace(/^\/trigger(?=\/|$)/, ''),
    detail,
  }));
}

/** The latest state, and a function that asks at once. */
export function usePreview(draft: Draft, isAgentKnown: boolean): [PreviewState, () => Promise<PreviewState>] {
  const store = useStore();
  const [state, setState] = useState<PreviewState>({ problems: [] });
  const latest = useRef(0);

  const ask = async (): Promise<PreviewState> => {
    const run = ++latest.current;
    const next = await stateOf();
    if (run === latest.current) setState(next);
    return next;
  };

  async function stateOf(): Promise<PreviewState> {
    const { trigger, problems } = triggerOf(draft, isAgentKnown);
    if (!trigger) return { problems };
    const result = await store.call('popPreview', { trigger });
    if (!result.ok) return { failure: result, problems: [] };
    if ('uri' in result.value) return { preview: result.value, problems: [] };
    return { problem: result.value, problems: fieldProblemsOf(result.value) };
  }

  // What was typed is all that counts
  useEffect(() => {
    const timer = setTimeout(ask, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [draft, isAgentKnown]);

  return [state, ask];
}
