import { EventEmitter } from 'node:events';
import type { NotificationConstructorOptions } from 'electron';
import { expect, test, vi } from 'vitest';
import { createNotices } from '../../main/electron/notices.ts';

class FakeNotice extends EventEmitter {
  show = vi.fn();
}

function openNotices(isSupported = true) {
  const made: { options: NotificationConstructorOptions; notice: FakeNotice }[] = [];
  const onState = vi.fn();
  const { say } = createNotices({
    isSupported: () => isSupported,
    onState,
    make(options) {
      const notice = new FakeNotice();
      made.push({ options, notice });
      return notice as never;
    },
  });
  return { say, made, onState };
}

test.each(['click', 'action'])('a %s looks at what the notice is about', (event) => {
  const { say, made } = openNotices();
  const look = vi.fn();
  say('title', 'body', look);
  expect(made[0]?.options).toEqual({
    title: 'title',
    body: 'body',
    actions: [{ type: 'button', text: 'Look at it' }],
  });
  made[0]?.notice.emit(event, {});
  expect(look).toHaveBeenCalledTimes(1);
});

test('one that the system refuses is told to whoever counts on it, and stands until one is shown', () => {
  const { say, made, onState } = openNotices();
  const missed = vi.fn();
  for (let i = 0; i < 2; i++) {
    say('title', 'body', () => {}, missed);
    made[i]?.notice.emit('failed', {}, 'Notifications are not allowed for this application');
  }
  expect([missed.mock.calls.length, onState.mock.calls]).toEqual([2, [[true], [true]]]);
  say('title', 'body');
  made[2]?.notice.emit('show', {});
  expect(onState).toHaveBeenLastCalledWith(false);
});

test('where the system has no notices, none is made, and whoever counts on it hears', () => {
  const { say, made } = openNotices(false);
  const missed = vi.fn();
  say('title', 'body', () => {}, missed);
  expect([made.length, missed.mock.calls.length]).toEqual([0, 1]);
});
