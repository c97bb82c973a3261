/** The exit codes of the poptray command; stable, and listed in docs/command-line.md. The last four are sysexits(3). */
export const EXIT = {
  ok: 0,
  /** The answer is no: the pop failed, the log was tampered with, or a check of the doctor failed. */
  failed: 1,
  /** `audit verify`: the last line was never finished. */
  torn: 2,
  /** A key or a token that is needed is not there. */
  noKey: 3,
  /** `audit verify`: what could be checked is right, but not all could be. */
  notAllVouchedFor: 4,
  /** The command was called wrongly (EX_USAGE). */
  usage: 64,
  /** poptray is not running, its port is taken, or another one uses the folder (EX_UNAVAILABLE). */
  unavailable: 69,
  /** A fault of poptray's own (EX_SOFTWARE). */
  internal: 70,
  /** The settings or the data folder are wrong (EX_CONFIG). */
  config: 78,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
