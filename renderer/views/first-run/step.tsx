import type { ComponentChildren } from 'preact';
import { Icon } from '../../parts/icon.tsx';

interface Props {
  readonly number: number;
  readonly title: string;
  readonly isDone: boolean;
  readonly children: ComponentChildren;
}

/** One step, with its number until it is done. */
export function Step({ number, title, isDone, children }: Props) {
  return (
    <li class={`step ${isDone ? 'step-done' : ''}`}>
      <span class="step-mark" aria-hidden="true">
        {isDone ? <Icon name="delivered" /> : number}
      </span>
      <div class="card">
        <h2>
          {title}
          {isDone && <span class="visually-hidden"> (done)</span>}
        </h2>
        {children}
      </div>
    </li>
  );
}
