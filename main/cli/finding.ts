/** What the doctor says of one thing. */
export interface Finding {
  readonly check: string;
  readonly verdict: 'ok' | 'note' | 'fault';
  readonly detail: string;
}
