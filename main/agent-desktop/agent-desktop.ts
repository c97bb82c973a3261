/** Plays the agent's screen for the simulator: shows each pop on the pages that are open, and hears whether it was seen. */
import { randomUUID } from 'node:crypto';
import { DESKTOP_POPS, type DesktopEvent, type DesktopPop, type Shown } from '../../shared/desktop.ts';
import type { Clock } from '../pipeline/ports.ts';
import { createFramingLooks, type LookAtFraming } from './framing-looks.ts';

/** A page gets this long to say whether it was seen, in milliseconds; one that sleeps says nothing. */
const ANSWER_MS = 1000;

/** A pop as a platform gets it. */
export type IncomingPop = Pick<DesktopPop, 'userId' | 'applicationId' | 'idempotencyKey' | 'state' | 'uri'>;

export interface AgentDesktop {
  /** Whether one of the open pages was visible and had the focus when the pop stood on it; null where none has said. */
  show(pop: IncomingPop): boolean | null | Promise<boolean | null>;
  /** A page opens: it is told all that is kept, and then what happens. Returns its leaving. */
  open(tell: (event: DesktopEvent) => void): () => void;
  hear(shown: Shown): void;
}

export interface AgentDesktopDeps {
  readonly clock: Pick<Clock, 'now' | 'uptime' | 'after'>;
  /** Without it nobody looks whether pages may be framed. */
  readonly lookAtFraming?: LookAtFraming | undefined;
  /** The origin of the desktop, once it is known. */
  readonly origin: () => string;
}

interface Question {
  /** Pages that have not answered yet. */
  readonly asked: Set<string>;
  answer: boolean | null;
  end(): void;
}

export function createAgentDesktop({ clock, lookAtFraming, origin }: AgentDesktopDeps): AgentDesktop {
  const pops: DesktopPop[] = [];
  const pages = new Map<string, (event: DesktopEvent) => void>();
  const questions = new Map<string, Question>();
  const looks = createFramingLooks(clock, origin, lookAtFraming);

  function tell(event: DesktopEvent): void {
    for (const page of pages.values()) page(event);
  }

  function change(id: string, part: Partial<DesktopPop>): void {
    const at = pops.findIndex((pop) => pop.id === id);
    const known = pops[at];
    if (!known) return;
    pops[at] = { ...known, ...part };
    tell({ type: 'change', pop: { id, ...part } });
  }

  function ask(id: string): Promise<boolean | null> {
    return new Promise((resolve) => {
      const question: Question = {
        asked: new Set(pages.keys()),
        answer: null,
        end() {
          cancel();
          questions.delete(id);
          change(id, { windowFocused: question.answer });
          resolve(question.answer);
        },
      };
      const cancel = clock.after(ANSWER_MS, question.end);
      questions.set(id, question);
    });
  }

  /** One that was seen is enough; else each is waited for. */
  function answer(question: Question, page: string, isFocused: boolean | null): void {
    if (!question.asked.delete(page)) return;
    question.answer = isFocused ?? question.answer;
    if (isFocused || question.asked.size === 0) question.end();
  }

  return {
    show(incoming) {
      const id = randomUUID();
      const framing = looks.find(incoming.uri);
      const known = framing instanceof Promise ? null : framing;
      const pop: DesktopPop = { ...incoming, id, at: clock.now(), windowFocused: null, framing: known };
      pops.push(pop);
      if (pops.length > DESKTOP_POPS) pops.shift();
      const focused = pages.size > 0 ? ask(id) : null;
      tell({ type: 'pop', pop });
      if (framing instanceof Promise) void framing.then((verdicts) => change(id, { framing: verdicts }));
      return focused;
    },
    open(tellPage) {
      const page = randomUUID();
      tellPage({ type: 'here', page, pops: [...pops] });
      pages.set(page, tellPage);
      return () => {
        pages.delete(page);
        for (const question of questions.values()) answer(question, page, null);
      };
    },
    hear({ page, pop, isFocused }) {
      const question = questions.get(pop);
      if (question) answer(question, page, isFocused);
    },
  };
}
