/** What the simulator tells the page that plays the agent desktop, and what it hears from it. */
/** Whether a browser would show the page in a frame of `embedder`. */
export interface FrameVerdict {
  readonly embedder: string;
  /** `unknown`: nobody could look. */
  readonly verdict: 'allowed' | 'blocked' | 'unknown';
  readonly rule: string;
  readonly detail: string;
  readonly advice: string | null;
}

/** A pop as it came: customer data, for this page alone. */
export interface DesktopPop {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly userId: string;
  readonly applicationId: string;
  readonly idempotencyKey: string;
  readonly state: Readonly<Record<string, unknown>>;
  /** The page with the context in its fragment. */
  readonly uri: string;
  /** What the reply said; null: nobody did. */
  readonly windowFocused: boolean | null;
  /** In this desktop, then in that of Genesys Cloud; null until somebody has looked. */
  readonly framing: readonly FrameVerdict[] | null;
}

export type DesktopEvent =
  /** The first one: what this connection is called, and the pops that are kept, oldest first. */
  | { readonly type: 'here'; readonly page: string; readonly pops: readonly DesktopPop[] }
  | { readonly type: 'pop'; readonly pop: DesktopPop }
  /** More is known of it now. */
  | { readonly type: 'change'; readonly pop: Pick<DesktopPop, 'id'> & Partial<DesktopPop> };

/** What a page says once a pop stands on it. */
export interface Shown {
  /** Itself, as the first event called it. */
  readonly page: string;
  /** The pop's id. */
  readonly pop: string;
  /** Whether the page was visible and had the focus. */
  readonly isFocused: boolean;
}

/** So many pops are kept, here and on the page. */
export const DESKTOP_POPS = 50;
