import { expect, test } from 'vitest';
import { createNotifier } from '../../main/electron/notifications.ts';
import { newEntry } from '../../shared/new-entry.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { resultEntry } from './entries.ts';

function openNotifier() {
  const clock = createFakeClock();
  const notices: { title: string; body: string; click: (() => void) | undefined }[] = [];
  const opened: string[] = [];
  const notifier = createNotifier({
    clock,
    openPop: (popId) => opened.push(popId),
    say: (title, body, click) => void notices.push({ title, body, click }),
  });
  return { notifier, notices, opened, clock };
}

const failed = resultEntry({ status: 'failed', code: 'upstream_unauthorized', userId: 'agent-1' });

test('a failed pop is told with what to do about it, and opens when it is clicked', () => {
  const { notifier, notices, opened } = openNotifier();
  notifier.take(failed);
  expect(notices).toMatchObject([
    {
      title: 'The destination does not accept our credentials',
      body: 'Check the region first, then client id and secret.',
    },
  ]);
  notices[0]?.click?.();
  expect(opened).toEqual([failed.popId]);
});

test('ten failures are one notice; the next one, later, says how many there were', async () => {
  const { notifier, notices, clock } = openNotifier();
  for (let i = 0; i < 10; i++) notifier.take(failed);
  expect(notices).toHaveLength(1);
  await clock.advance(60_000);
  notifier.take(failed);
  expect(notices[1]?.body).toContain('(9 more failed before it)');
});

test('that nothing can be delivered is told when it begins, not again until it was over', () => {
  const { notifier, notices } = openNotifier();
  const looked: string[] = [];
  const take = (fault: string | null) => notifier.takeFault(fault, () => looked.push(fault ?? ''));
  for (const fault of [null, 'locked', 'locked', 'full', null]) take(fault);
  expect(notices).toMatchObject([
    {
      title: expect.stringContaining('nothing is delivered'),
      body: expect.stringContaining('unlock it'),
    },
  ]);
  take('full');
  expect(notices).toHaveLength(2);
  notices[1]?.click?.();
  expect(looked).toEqual(['full']);
});

test('pops that did not fail are not news', () => {
  const { notifier, notices } = openNotifier();
  notifier.take(resultEntry());
  notifier.take(resultEntry({ status: 'suppressed' }));
  notifier.take({ ...failed, type: 'intent' });
  expect(notices).toEqual([]);
});

test('a code that this version does not know is still told', () => {
  const { notifier, notices } = openNotifier();
  notifier.take({ ...failed, code: 'constructor' });
  expect(notices[0]?.title).toBe('poptray failed');
});

test('a page that was paired is told, and what did not come to it is not', () => {
  const { notifier, notices } = openNotifier();
  const end = { type: 'pairing', name: 'crm', origin: 'https://crm.example' } as const;
  const settings = () => {};
  for (const outcome of ['locked', 'expired'] as const) notifier.takePairing({ ...end, outcome }, settings);
  expect(notices).toHaveLength(0);
  notifier.takePairing({ ...end, outcome: 'paired' }, settings);
  expect(notices).toMatchObject([{ body: 'https://crm.example may now show screen pops as crm.' }]);
});

test('another user who asks for the pages of pops is told of, once in ten minutes', async () => {
  const { notifier, notices, clock } = openNotifier();
  const refused = newEntry('refused', { code: 'other_user', status: 'refused' });
  for (let time = 0; time < 5; time += 1) notifier.take({ ...resultEntry({}), ...refused });
  notifier.take({ ...resultEntry({}), ...refused, code: 'not_found' });
  expect(notices.map(({ title }) => title)).toEqual([
    'Another user of this machine asked for the page of a pop',
  ]);
  await clock.advance(600_000);
  notifier.take({ ...resultEntry({}), ...refused });
  expect(notices).toHaveLength(2);
});
