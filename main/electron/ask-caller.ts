/** The question before a program's first use of the scheme: a notice, and a dialog once the user turns to it. */
import type { MessageBoxOptions } from 'electron';
import type { Notices } from './notices.ts';
import { SchemeRefused, UNNAMED } from './scheme.ts';

/** A page that opens URLs under ever new names asks no more questions than this. */
const OPEN_MAX = 5;

export interface CallerQuestionDeps extends Notices {
  /** Asks in a dialog that hangs on the window: without one, all of poptray would wait for the answer on macOS. */
  readonly ask: (options: MessageBoxOptions) => Promise<{ readonly response: number }>;
  /** Hears that a question has come up or been answered. */
  readonly onChange: () => void;
}

export interface CallerQuestions {
  /** Resolves with whether the user agrees; rejects with SchemeRefused while too many questions wait. */
  ask(caller: string): Promise<boolean>;
  /** Who waits for an answer, in words. */
  waiting(): readonly string[];
  /** Puts the oldest question to the user. */
  answerFirst(): void;
}

export function createCallerQuestions({ ask, say, onChange }: CallerQuestionDeps): CallerQuestions {
  const open = new Map<string, () => void>();

  return {
    ask(caller) {
      if (open.size >= OPEN_MAX) return Promise.reject(new SchemeRefused('too many programs wait for a yes'));
      return new Promise((resolve) => {
        const words = wordsFor(caller);
        let isAsked = false;
        const put = async () => {
          if (isAsked || open.get(words) !== put) return;
          isAsked = true;
          try {
            const { response } = await ask(question(words));
            open.delete(words);
            resolve(response === 0);
            onChange();
          } catch {
            // Its window has gone: the question stays, in the tray.
            isAsked = false;
          }
        };
        open.set(words, put);
        onChange();
        say(`${words} wants to show screen pops`, 'Choose this to allow or refuse it.', put, put);
      });
    },
    waiting: () => [...open.keys()],
    answerFirst() {
      const [put] = open.values();
      put?.();
    },
  };
}

function wordsFor(caller: string): string {
  return caller === UNNAMED
    ? 'A program that does not give its name'
    : `A program that calls itself “${caller}”`;
}

function question(words: string): MessageBoxOptions {
  return {
    type: 'question',
    title: 'poptray',
    message: `${words} wants to show screen pops.`,
    detail:
      'It opened a poptray: link. Allow it if you have just set up a softphone to do so, and refuse it if a web page did.',
    buttons: ['Allow', 'Not now'],
    // Whoever is typing when the question comes up must not agree by pressing Enter.
    defaultId: 1,
    cancelId: 1,
    noLink: true,
  };
}
