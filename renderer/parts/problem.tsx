/** What went wrong and what to do about it. */
import type { ComponentChildren } from 'preact';
import { textsOf } from '../codes.ts';
import { Icon } from './icon.tsx';

interface Props {
  readonly code: string;
  /** Where the answer carries its own texts, they are the newer ones. */
  readonly title?: string;
  readonly hint?: string;
  readonly detail?: string | null;
  readonly children?: ComponentChildren;
}

/** A code with its title and hint. */
export function ProblemNote({ code, title, hint, detail, children }: Props) {
  const texts = textsOf(code);
  const advice = hint ?? texts.hint;
  return (
    <div class="problem">
      <Icon name="failed" />
      <div>
        <p class="problem-title">{title ?? texts.title}</p>
        {detail && <p>{detail}</p>}
        {advice && (
          <p>
            <strong>What to do:</strong> {advice}
          </p>
        )}
        <p class="muted">
          <code>{code}</code>
        </p>
        {children}
      </div>
    </div>
  );
}
