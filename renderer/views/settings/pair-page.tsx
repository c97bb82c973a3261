/** Pairing a page or an extension: a code to be typed there, and how that went. */
import { useEffect, useState } from 'preact/hooks';
import type { ApiEvent } from '../../../shared/api.ts';
import { useStore } from '../../data/store.ts';
import { formatClock } from '../../format.ts';

export interface OpenPairing {
  readonly name: string;
  readonly code: string;
  /** Epoch milliseconds. */
  readonly until: number;
}

interface Props {
  readonly pairing: OpenPairing;
  /** It has ended, by itself or because the person has seen enough of it. */
  readonly onEnd: (note?: string) => void;
}

/** Waits until the pairing ends. */
export function PairPage({ pairing: { name, code, until }, onEnd }: Props) {
  const store = useStore();
  const [isStopping, setStopping] = useState(false);

  useEffect(
    () => store.onEvent((event) => event.type === 'pairing' && event.name === name && onEnd(noteOf(event))),
    [name],
  );

  const stop = async () => {
    setStopping(true);
    await store.call('pairingClose', {});
    onEnd();
  };

  return (
    <div class="once">
      <p>
        Type this code into the page that is to fire pops as <strong>{name}</strong>, until{' '}
        {formatClock(until)}:
      </p>
      <p class="code pairing-code">
        {code.slice(0, 3)} {code.slice(3)}
      </p>
      <p class="muted">
        Give it to no page that you do not know: whoever has it may show pops on this machine.
      </p>
      <div class="actions">
        <button type="button" class="button small" disabled={isStopping} onClick={stop}>
          Cancel
        </button>
      </div>
    </div>
  );
}

function noteOf({ outcome, name, origin }: Extract<ApiEvent, { type: 'pairing' }>): string {
  switch (outcome) {
    case 'paired':
      return `${origin ?? 'A program'} may now fire pops as ${name}`;
    case 'locked':
      return 'The code was wrong five times, so the pairing was closed';
    case 'expired':
      return 'Nobody came with the code in time';
  }
}
