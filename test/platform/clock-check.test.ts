import { expect, test } from 'vitest';
import { createClockCheck } from '../../main/platform/clock-check.ts';
import { isInStep, parseTimedate, type SystemTime } from '../../main/platform/system-time.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const DAY = 86_400_000;

function setUp(system?: () => SystemTime | undefined) {
  const clock = createFakeClock();
  const check = createClockCheck(clock, async () => system?.());
  const hear = (off = 0) => check.hear(new Date(clock.now() + off).toUTCString());
  return { clock, check, hear };
}

test('a clock alone is not believed', async () => {
  expect(await setUp().check.doubt()).toMatch(/^nobody has checked the clock/);
});

test('a server’s date within a day is enough, until the clock leaps', async () => {
  const { clock, check, hear } = setUp();
  hear(-23 * 3_600_000);
  expect(await check.doubt()).toBeNull();
  clock.suspend(30 * DAY);
  expect(await check.doubt()).toBeNull();
  clock.jump(7300 * DAY);
  expect(await check.doubt()).toMatch(/^the clock is 7,\d{3} days ahead of what servers say$/);
  clock.jump(-7310 * DAY);
  expect(await check.doubt()).toMatch(/days behind/);
});

test('the newest date counts; a minute after the one before it is heard', async () => {
  const { clock, check, hear } = setUp();
  hear(2 * DAY);
  hear();
  expect(await check.doubt()).toMatch(/2 days behind/);
  await clock.advance(60_000);
  hear();
  expect(await check.doubt()).toBeNull();
});

test.each([undefined, null, '', 'now', 5, '2026-11-23T12:00:00Z', ['Mon, 23 Nov 2026 12:00:00 GMT']])(
  '%j is no date of a server',
  async (date) => {
    const { check } = setUp();
    check.hear(date);
    expect(await check.doubt()).toMatch(/^nobody/);
  },
);

test('where no server has spoken, the system’s word counts, and its time', async () => {
  let time = createFakeClock().now();
  const { check, clock } = setUp(() => ({ time }));
  expect(await check.doubt()).toBeNull();
  clock.jump(3 * DAY);
  expect(await check.doubt()).toBe('the clock is 3 days ahead of the system’s synchronised time');
  time += 3 * DAY;
  expect(await check.doubt()).toBeNull();
});

test('what systemd says', () => {
  const said = (yes: string) => `NTPSynchronized=${yes}\nTimeUSec=Mon 2026-11-23 12:00:00 UTC\n`;
  expect(parseTimedate(said('yes'))).toEqual({ time: Date.parse('2026-11-23T12:00:00Z') });
  expect(parseTimedate(said('no'))).toBeUndefined();
  expect(parseTimedate('NTPSynchronized=yes\nTimeUSec=Mon 2026-11-23 13:00:00 CET\n')).toBeUndefined();
  expect(parseTimedate('')).toBeUndefined();
});

test.each([
  ['Leap Indicator: 0(no warning)\r\nStratum: 3 (secondary reference)', true],
  ['Sprungindikator: 0(keine Warnung)\r\nStratum: 3', true],
  ['Leap Indicator: 3(not synchronized)\r\nStratum: 0 (unspecified)', false],
  ['The following error occurred: The service has not been started. (0x80070426)', false],
  ['', false],
])('what Windows says: %j', (text, isRight) => {
  expect(isInStep(text)).toBe(isRight);
});
