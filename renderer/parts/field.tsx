/** A label, its control, what it is for, and what is wrong with what was typed. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { Icon } from './icon.tsx';

/** What a control takes over from its field. */
export interface ControlProps {
  readonly id: string;
  readonly disabled: boolean;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': 'true' | undefined;
}

interface Props {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly error?: string | undefined;
  /** Set in the environment: shown, and not to be changed here. */
  readonly isLocked?: boolean;
  readonly isOptional?: boolean;
  readonly class?: string;
  readonly children: (control: ControlProps) => ComponentChildren;
}

/** Its child is a function that spreads what it is given onto the control. */
export function Field({ label, hint, error, isLocked = false, isOptional, children, ...rest }: Props) {
  const id = useId();
  const notes = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div class={`field ${rest.class ?? ''}`}>
      <label for={id}>
        {label}
        {isOptional && <span class="muted"> optional</span>}
        {isLocked && (
          <span class="tag" title="Set in the environment, which wins over the settings file">
            <Icon name="lock" /> environment
          </span>
        )}
      </label>
      {children({
        id,
        disabled: isLocked,
        'aria-describedby': notes || undefined,
        'aria-invalid': error ? 'true' : undefined,
      })}
      {error && (
        <p id={`${id}-error`} class="field-error">
          <Icon name="failed" /> {error}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} class="field-hint">
          {hint}
        </p>
      )}
    </div>
  );
}
