import type { MessageBoxOptions } from 'electron';
import { expect, test, vi } from 'vitest';
import { createCallerQuestions } from '../../main/electron/ask-caller.ts';
import { SchemeRefused, UNNAMED } from '../../main/electron/scheme.ts';

function openQuestions(isShown = true) {
  const asked: MessageBoxOptions[] = [];
  const clicks: (() => void)[] = [];
  let answer: () => Promise<{ response: number }> = async () => ({ response: 0 });
  const questions = createCallerQuestions({
    ask(options) {
      asked.push(options);
      return answer();
    },
    say(_title, _body, onClick = () => {}, onRefused = () => {}) {
      if (isShown) clicks.push(onClick);
      else onRefused();
    },
    onChange: vi.fn(),
  });
  const set = (next: typeof answer) => {
    answer = next;
  };
  return { questions, asked, clicks, set };
}

test('nothing is asked before the user turns to it, by the notice or by the tray', async () => {
  const { questions, asked, clicks } = openQuestions();
  const first = questions.ask('3CX');
  const second = questions.ask(UNNAMED);
  expect([asked.length, questions.waiting()]).toEqual([
    0,
    ['A program that calls itself “3CX”', 'A program that does not give its name'],
  ]);
  clicks[1]?.();
  expect(await second).toBe(true);
  questions.answerFirst();
  expect(await first).toBe(true);
  expect(asked.map(({ message }) => message)).toEqual([
    'A program that does not give its name wants to show screen pops.',
    'A program that calls itself “3CX” wants to show screen pops.',
  ]);
  expect(questions.waiting()).toEqual([]);
});

test('where no notice can be shown the question comes at once', async () => {
  const { questions, asked } = openQuestions(false);
  expect(await questions.ask('3CX')).toBe(true);
  expect(asked).toHaveLength(1);
});

test('a question whose window goes stays in the tray, and one that is on the screen comes up once', async () => {
  const { questions, asked, clicks, set } = openQuestions();
  set(() => Promise.reject(new Error('the window has gone')));
  const answer = questions.ask('3CX');
  clicks[0]?.();
  await new Promise((resolve) => setImmediate(resolve));
  expect(questions.waiting()).toHaveLength(1);
  set(async () => ({ response: 1 }));
  clicks[0]?.();
  questions.answerFirst();
  expect(await answer).toBe(false);
  expect(asked).toHaveLength(2);
});

test('a page that invents names gets five questions and no more, and the sixth is no refusal', async () => {
  const { questions } = openQuestions();
  for (let i = 0; i < 5; i++) void questions.ask(`name ${i}`);
  await expect(questions.ask('3CX')).rejects.toThrow(SchemeRefused);
  expect(questions.waiting()).toHaveLength(5);
});
