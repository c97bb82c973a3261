import { useState } from 'preact/hooks';
import { useStore } from '../data/store.ts';
import { Icon } from './icon.tsx';

interface Props {
  readonly text: string;
  readonly label: string;
  /** What it copies, where several buttons have the same label. */
  readonly describes?: string;
}

/** Copies a text and says so. */
export function CopyButton({ text, label, describes }: Props) {
  const store = useStore();
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      store.announce('Copied');
      setTimeout(() => setCopied(false), 2000);
    } catch {
      store.announce('The browser did not allow copying: select the text and copy it yourself');
    }
  };
  return (
    <button
      type="button"
      class="button small"
      aria-label={describes === undefined || isCopied ? undefined : `${label} ${describes}`}
      onClick={copy}
    >
      <Icon name={isCopied ? 'delivered' : 'copy'} />
      {isCopied ? 'Copied' : label}
    </button>
  );
}
