/** A kind of destination: what its settings open. Its form (shared/destinations/) says which settings and secrets those are. */
import type { DestinationConfig } from '../../shared/destinations/forms.ts';
import type { OpenDesktop } from '../agent-desktop/open-desktop.ts';
import type { HttpClient } from '../network/http.ts';
import type { Clock, Destination } from '../pipeline/ports.ts';
import type { Browser, Opener } from '../platform/browser.ts';
import type { PageWindows } from '../platform/page-windows.ts';

/** One page on this machine's screen, shown once, however often the browser is opened for it. */
export interface PageOnScreen {
  /** Opens the browser on it; rejects, in words for people, where the system cannot. */
  open(): Promise<Opener | undefined>;
  /** Whether the browser has come for it. */
  isFetched(): boolean;
  /** Whether another user's program has. */
  isContested(): boolean;
  /** Resolves right after the browser was given the page; `isFocused`: a person had it before them. */
  readonly shown: Promise<{ readonly isFocused: boolean }>;
  /** From now on nobody is given the page. */
  end(): void;
}

/** Shows pages to who sits at this machine. */
export interface Screen extends Pick<Browser, 'displayFault' | 'openerFault'> {
  /** Whether the system tells whose a connection is, so that a page is this user's alone. */
  readonly tellsUsers: boolean;
  /** `onShow` is called before the page is given away; what it throws keeps it back. */
  create(uri: string, onShow: (shown: { readonly isFocused: boolean }) => void): PageOnScreen;
}

export interface DestinationDeps {
  readonly http: HttpClient;
  readonly clock: Clock;
  /** Carries the calls for tokens. */
  readonly fetch: typeof globalThis.fetch;
  /** Shows the simulator's pops; without it nobody sees them. */
  readonly desktop?: OpenDesktop | undefined;
  readonly screen: Screen;
  /** Without it there are none. */
  readonly windows?: PageWindows | undefined;
  readonly dataDir: string;
}

type Opened = Destination | { readonly missing: string };

export interface DestinationType<Kind extends DestinationConfig['kind']> {
  /**
   * `secret` gives any that the form names for this configuration: all of them are there. `missing`: what this machine
   * lacks for it, for people.
   */
  open(
    config: Extract<DestinationConfig, { kind: Kind }>,
    secret: (name: string) => string,
    deps: DestinationDeps,
  ): Opened | Promise<Opened>;
  /** Ends what it may have started for its destinations. */
  stop?(): Promise<void>;
}
