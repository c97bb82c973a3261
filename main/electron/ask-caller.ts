/** The question before a program's first use of the scheme. */
import type { Dialog } from 'electron';
import { UNNAMED } from './scheme.ts';

/** Resolves with whether the user agrees. */
export function createCallerQuestion(
  dialog: Pick<Dialog, 'showMessageBox'>,
): (caller: string) => Promise<boolean> {
  return async (caller) => {
    const who =
      caller === UNNAMED
        ? 'A program that does not give its name'
        : `A program that calls itself “${caller}”`;
    const { response } = await dialog.showMessageBox({
      type: 'question',
      title: 'poptray',
      message: `${who} wants to show screen pops.`,
      detail:
        'It opened a poptray: link. Allow it if you have just set up a softphone to do so, and refuse it if a web page did.',
      buttons: ['Allow', 'Not now'],
      // Whoever is typing when the question comes up must not agree by pressing Enter.
      defaultId: 1,
      cancelId: 1,
      noLink: true,
    });
    return response === 0;
  };
}
