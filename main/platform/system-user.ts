/** Whose account this process has, as the record of changes names it. */
import { userInfo } from 'node:os';

/** `user NAME`; the number where the account has no name, as in some containers. */
export function systemUser(): string {
  try {
    return `user ${userInfo().username}`;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
