/** Whose log it is, for receivers that get many. */
export interface Origin {
  readonly hostname: string;
  /** Which log of this machine: an id made at random when it was first shipped. */
  readonly instance: string;
  /** Of poptray. */
  readonly version: string;
}
