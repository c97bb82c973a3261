import { useState } from 'preact/hooks';
import { useStore } from '../data/store.ts';
import { Icon } from './icon.tsx';

/** Copies a text and says so. */
export function CopyButton({ text, label }: { text: string; label: string }) {
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
    <button type="button" class="button small" onClick={copy}>
      <Icon name={isCopied ? 'delivered' : 'copy'} />
      {isCopied ? 'Copied' : label}
    </button>
  );
}
