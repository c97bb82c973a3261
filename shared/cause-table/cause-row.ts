/** A row of the table of causes. */

/** Commands that help, by shell; `posix` where Linux and macOS have the same. `{fields}` are filled in as in the texts. */
export interface CauseCommands {
  readonly posix?: string;
  readonly linux?: string;
  readonly macos?: string;
  readonly powershell?: string;
  readonly cmd?: string;
}

export interface CauseRow {
  /** What is wrong, in a sentence; `{fields}` are filled in. */
  readonly says: string;
  /** What to do about it; it never sends the reader to where this text stands. */
  readonly wayOut: string;
  readonly commands?: CauseCommands;
}
