/** Windows of this program's own that show customers' pages: the tray application has them, headless has none. */

/** What a window is to show, and how. */
export interface WindowPage {
  /** Secret: never log it. */
  readonly uri: string;
  /** What the call is known by, so that its end reaches the window. */
  readonly key: string;
  /** Each has windows and a session of its own. */
  readonly application: string;
  /** Exact origins that the window may go to. */
  readonly origins: readonly string[];
  /** Shown above, not activated; to the front; or behind, with a notice. */
  readonly focus: 'polite' | 'front' | 'none';
  /** Windows that may be open at once, those of all applications together. */
  readonly maxOpen: number;
}

/** What became of a page. */
export type WindowEnd =
  | { readonly kind: 'shown'; readonly isFocused: boolean }
  /** It is not there; `why` is for people, without the page's address. */
  | { readonly kind: 'fault'; readonly why: string }
  /** All windows that may be open hold unsaved work. */
  | { readonly kind: 'full' }
  /** The time was over before. */
  | { readonly kind: 'cut' };

/** A call is over. */
export interface EndedCall {
  readonly key: string;
  isUnanswered(): boolean;
}

export interface PageWindows {
  /**
   * Shows a page in a window of its application. `onCommit` is called when the page is there and nobody has seen it yet,
   * as far as the window is not on the screen; what it throws keeps it back.
   */
  show(page: WindowPage, onCommit: () => void, signal: AbortSignal): Promise<WindowEnd>;
  /** Puts away what was shown for a call that nobody has answered here. */
  endCall(end: EndedCall): void;
}
