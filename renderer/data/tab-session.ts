/** This tab's session: its secret is kept for this origin, port included, and shared with other tabs of the origin. */
import { SESSION_KEY } from '../../shared/session-secret.ts';

/** Other tabs get this long to share theirs before this one counts as without, in milliseconds. */
const OTHERS_MS = 250;

export interface TabSession {
  /** Resolves when it is known whether this tab has one. */
  readonly settled: Promise<void>;
  /** null: this tab has none. */
  readonly secret: string | null;
  /** Forgets `ended`, unless another has come meanwhile. */
  drop(ended: string): void;
  /** Calls `act` whenever a session comes; returns the end of it. */
  onCome(act: () => void): () => void;
}

type Message = { readonly wanted: true } | { readonly secret: string };

/** Asks the other tabs at once if this one has none; nobody of another origin hears it. */
export function openTabSession(): TabSession {
  let secret = sessionStorage.getItem(SESSION_KEY);
  const listeners = new Set<() => void>();
  const others = new BroadcastChannel(SESSION_KEY);
  const tell = (message: Message) => others.postMessage(message);

  others.onmessage = ({ data }: MessageEvent<Message>) => {
    if ('wanted' in data) {
      if (secret !== null) tell({ secret });
    } else if (secret === null) {
      secret = data.secret;
      sessionStorage.setItem(SESSION_KEY, secret);
      for (const act of listeners) act();
    }
  };
  // A new link also brings those tabs back whose session has ended.
  tell(secret === null ? { wanted: true } : { secret });

  const settled =
    secret === null
      ? new Promise<void>((resolve) => {
          setTimeout(resolve, OTHERS_MS);
          listeners.add(resolve);
        })
      : Promise.resolve();

  return {
    settled,
    get secret() {
      return secret;
    },
    drop(ended) {
      if (secret !== ended) return;
      secret = null;
      sessionStorage.removeItem(SESSION_KEY);
    },
    onCome(act) {
      listeners.add(act);
      return () => listeners.delete(act);
    },
  };
}
