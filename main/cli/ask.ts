/** Asks whoever sits at the terminal. */
import { createInterface } from 'node:readline/promises';
import { EXIT } from './exit-codes.ts';
import { CommandFailure, complain } from './terminal.ts';

/** Whether the answer is yes. Without a terminal it throws CommandFailure; `otherwise` says what --yes does. */
export async function askAtTerminal(question: string, otherwise: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new CommandFailure(EXIT.usage, `There is no terminal to ask at: --yes ${otherwise}.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    // Ctrl+C or Ctrl+D: that is no yes.
    if ((error as Error).name !== 'AbortError') throw error;
    complain('');
    return false;
  } finally {
    terminal.close();
  }
}
