import { expect, test } from 'vitest';
import { createSessions } from '../../main/platform/sessions.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function setUp() {
  const clock = createFakeClock();
  const sessions = createSessions(clock);
  const open = (browser = 'Firefox 143 on Linux') => {
    const opened = sessions.redeem(sessions.newCode(), browser);
    if (!opened) throw new Error('the link was void');
    return { ...opened, id: opened.secret.split('.')[0] ?? '' };
  };
  return { clock, sessions, open };
}

test('a link that nobody opened is void after ten minutes, and so is a code that nobody made', async () => {
  const { clock, sessions } = setUp();
  const code = sessions.newCode();
  expect(sessions.redeem(`${code}x`, '')).toBeUndefined();
  await clock.advance(10 * MINUTE);
  expect(sessions.redeem(code, '')).toBeUndefined();
});

test('a link is good once', () => {
  const { sessions } = setUp();
  const code = sessions.newCode();
  expect(sessions.redeem(code, '')).toBeDefined();
  expect(sessions.redeem(code, '')).toBeUndefined();
  expect(sessions.list()).toHaveLength(1);
});

test('S07 a session ends half an hour after its last use', async () => {
  const { clock, sessions, open } = setUp();
  const { secret, id, cookie } = open();
  await clock.advance(30 * MINUTE - 1);
  expect(sessions.find(secret)).toBe(id);
  await clock.advance(30 * MINUTE - 1);
  expect([sessions.find(secret), sessions.knows(cookie)]).toEqual([id, true]);
  await clock.advance(30 * MINUTE);
  expect([sessions.find(secret), sessions.knows(cookie), sessions.list()]).toEqual([undefined, false, []]);
});

test('S07 a page that listens keeps it open, until eight hours after it was opened; then the page is told', async () => {
  const { clock, sessions, open } = setUp();
  const { secret, id } = open();
  let ended = 0;
  sessions.attend(id, () => {
    ended += 1;
  });
  await clock.advance(8 * HOUR - MINUTE);
  expect([sessions.find(secret), ended]).toEqual([id, 0]);
  await clock.advance(2 * MINUTE);
  expect([sessions.find(secret), ended]).toEqual([undefined, 1]);
});

test('a page that listens is told within a minute that its session has ended', async () => {
  const { clock, sessions, open } = setUp();
  const { id } = open();
  await clock.advance(10 * MINUTE);
  let isTold = false;
  sessions.attend(id, () => {
    isTold = true;
  });
  await clock.advance(8 * HOUR - 10 * MINUTE - 1);
  expect(isTold).toBe(false);
  await clock.advance(MINUTE + 1);
  expect(isTold).toBe(true);
});

test('from when the page stops listening the half hour counts', async () => {
  const { clock, sessions, open } = setUp();
  const { secret, id } = open();
  const leave = sessions.attend(id, () => {});
  await clock.advance(2 * HOUR);
  leave();
  expect(sessions.list()).toMatchObject([{ id, isPresent: false, usedAt: clock.now() }]);
  await clock.advance(30 * MINUTE - 1);
  expect(sessions.find(secret)).toBe(id);
  await clock.advance(30 * MINUTE);
  expect(sessions.find(secret)).toBeUndefined();
});

test('the machine’s sleep counts, and a wall clock that is set does not', async () => {
  const { clock, sessions, open } = setUp();
  const { secret, id } = open();
  clock.jump(24 * HOUR);
  expect(sessions.find(secret)).toBe(id);
  clock.suspend(9 * HOUR);
  expect(sessions.find(secret)).toBeUndefined();
});

test('one that is ended tells the pages that listen, and is not found again', () => {
  const { sessions, open } = setUp();
  const { secret, id } = open();
  let ended = 0;
  sessions.attend(id, () => {
    ended += 1;
  });
  expect([sessions.end(id), sessions.end(id), ended]).toEqual([true, false, 1]);
  expect(sessions.find(secret)).toBeUndefined();
  sessions.attend(id, () => {
    ended += 1;
  });
  expect(ended).toBe(2);
});

test('the secret of one session is not that of another, whatever id stands before it', () => {
  const { sessions, open } = setUp();
  const [mine, other] = [open(), open()];
  const swapped = `${other.id}.${mine.secret.split('.')[1]}`;
  expect(sessions.find(swapped)).toBeUndefined();
  for (const wrong of ['', '.', mine.id, `${mine.id}.`, mine.cookie, `${mine.id}.${mine.cookie}`])
    expect(sessions.find(wrong)).toBeUndefined();
});

test('beyond twenty the oldest makes room', () => {
  const { sessions, open } = setUp();
  const all = Array.from({ length: 21 }, () => open());
  expect(sessions.find(all[0]?.secret ?? '')).toBeUndefined();
  expect(sessions.list().map(({ id }) => id)).toEqual(all.slice(1).map(({ id }) => id));
});
