import { useState } from 'preact/hooks';

interface Props {
  readonly label: string;
  /** What the second press says it does. */
  readonly sure: string;
  readonly describes: string;
  readonly onConfirm: () => void;
}

/** A button for what cannot be undone: the first press asks, the second does; leaving it takes the question back. */
export function AskTwice({ label, sure, describes, onConfirm }: Props) {
  const [isAsking, setAsking] = useState(false);
  return (
    <button
      type="button"
      class={`button small ${isAsking ? 'danger' : ''}`}
      aria-label={`${isAsking ? sure : label} ${describes}`}
      onBlur={() => setAsking(false)}
      onClick={() => {
        setAsking(!isAsking);
        if (isAsking) onConfirm();
      }}
    >
      {isAsking ? sure : label}
    </button>
  );
}
