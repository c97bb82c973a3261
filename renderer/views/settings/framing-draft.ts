/** How an application is framed, as a person edits it. */
import type { FramingSettings } from '../../../shared/framing.ts';

export interface FramingDraft {
  /** Empty: what is usual. */
  readonly mode: FramingSettings['mode'] | '';
  readonly embedder: string;
  /** One in each line: rule, directive, sources. */
  readonly directives: string;
  readonly keepForMs: number | undefined;
}

/** What the settings look like in the form; nothing where they say nothing. */
export function framingDraftOf(framing: FramingSettings | undefined): FramingDraft {
  const lines = framing?.directives.map(({ rule, directive, sources }) =>
    [rule, directive, ...sources].join(' '),
  );
  return {
    mode: framing?.mode ?? '',
    embedder: framing?.embedder ?? '',
    directives: lines?.join('\n') ?? '',
    keepForMs: framing?.keepForMs,
  };
}

/** The settings that the form makes; undefined where it says nothing. */
export function framingOfDraft({ mode, embedder, directives, keepForMs }: FramingDraft): unknown {
  const required = directives
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([first]) => first !== '')
    .map(([rule, directive, ...sources]) => ({ rule, directive, sources }));
  if (mode === '' && embedder === '' && required.length === 0) return undefined;
  return {
    ...(mode !== '' && { mode }),
    ...(embedder !== '' && { embedder }),
    directives: required,
    ...(keepForMs !== undefined && { keepForMs }),
  };
}
