import { expect, test } from 'vitest';
import { startReceiver } from '../support/receiver.ts';
import { openMailroom } from '../support/webhook-service.ts';

/** As many turns as a message would take that nobody holds back. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test('while pops press, one message goes out every twenty milliseconds, and the rest as soon as they do not', async () => {
  const receiver = await startReceiver();
  const mail = openMailroom({ targets: { crm: receiver.url } });
  mail.load.busy = true;
  for (let n = 1; n <= 10; n += 1) await mail.pop(`p${n}`, ['crm']);
  for (let sent = 1; sent <= 3; sent += 1) {
    await mail.ended(sent);
    await turns();
    expect(receiver.received).toHaveLength(sent);
    await mail.clock.advance(19);
    expect(receiver.received).toHaveLength(sent);
    await mail.clock.advance(1);
  }
  mail.load.busy = false;
  // What was begun while they pressed still has its distance to the next.
  await mail.clock.advance(20);
  const ends = await mail.ended(10);
  expect(new Set(ends).size).toBe(10);
});
