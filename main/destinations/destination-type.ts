/** A kind of destination: what its settings open. Its form (shared/destinations/) says which settings and secrets those are. */
import type { DestinationConfig } from '../../shared/destinations/forms.ts';
import type { OpenDesktop } from '../agent-desktop/open-desktop.ts';
import type { HttpClient } from '../network/http.ts';
import type { Clock, Destination } from '../pipeline/ports.ts';

export interface DestinationDeps {
  readonly http: HttpClient;
  readonly clock: Clock;
  /** Carries the calls for tokens. */
  readonly fetch: typeof globalThis.fetch;
  /** Shows the simulator's pops; without it nobody sees them. */
  readonly desktop?: OpenDesktop | undefined;
}

export interface DestinationType<Kind extends DestinationConfig['kind']> {
  /** `secret` gives any that the form names for this configuration: all of them are there. */
  open(
    config: Extract<DestinationConfig, { kind: Kind }>,
    secret: (name: string) => string,
    deps: DestinationDeps,
  ): Destination | Promise<Destination>;
  /** Ends what it may have started for its destinations. */
  stop?(): Promise<void>;
}
