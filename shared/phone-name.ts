/** Which program says that it calls: a claim, not a proof. */

export const PHONE_NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/;
export const NO_PHONE_NAME = 'is not a name of up to 64 letters, digits, ". _-"';

/** Under which client its calls stand in the log. */
export function clientOf(phone: string | null): string {
  return phone === null ? 'call' : `call:${phone}`;
}
