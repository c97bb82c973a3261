/** What a person gets from "Try again" and "Pop again as new". */
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSimulator } from '../../main/simulator/simulator.ts';
import { describeDashboard } from '../renderer/with-dashboard.ts';
import { openSession } from '../support/dashboard-session.ts';
import { reply, startStubDestination } from '../support/stub-destination.ts';
import { startTestApp, USER } from '../support/test-app.ts';

/** A simulator as the destination, which shows the first pop but does not say so in time. */
async function setUp() {
  const names = {
    clientId: 'test-client',
    clientSecret: 'test-client-secret',
    signingSecret: 'test-signing-secret',
  };
  const simulator = createSimulator(names);
  const { baseUrl } = await simulator.start(0);
  onTestFinished(() => simulator.stop());
  simulator.addFault({ kind: 'slow', delayMs: 60_000 });
  const app = await startTestApp({ destination: baseUrl, settings: { totalDeadlineMs: 2000 } });
  const { call } = await openSession(app);
  const shown = async () => {
    const { pops } = (await (await fetch(`${baseUrl}/simulator/pops`)).json()) as {
      pops: { idempotencyKey: string }[];
    };
    return pops.map(({ idempotencyKey }) => idempotencyKey);
  };
  return { app, call, shown };
}

describe('A1 a pop that may have been shown', () => {
  test('is tried again with its key, made by poptray or not: the destination has shown one', async () => {
    const { app, call, shown } = await setUp();
    const first = (await (await app.post({ userId: USER })).json()) as {
      code: string;
      popId: string;
      idempotencyKey: string;
    };
    expect(first.code).toBe('upstream_timeout');
    const again = await call('popSendAgain', { popId: first.popId, asNew: false });
    expect(again).toMatchObject({
      status: 'delivered',
      idempotencyKey: first.idempotencyKey,
      duplicate: true,
    });
    expect(await shown()).toEqual([first.idempotencyKey]);
  });

  test('is tried again as the call’s pop, where it is of a call', async () => {
    const { app, call, shown } = await setUp();
    const trigger = { userId: USER, interactionId: 'call-7', phase: 'ringing' };
    const first = (await (await app.post(trigger)).json()) as { popId: string; idempotencyKey: string };
    const again = await call('popSendAgain', { popId: first.popId, asNew: false });
    expect(again).toMatchObject({ status: 'delivered', duplicate: true });
    expect(await shown()).toEqual([first.idempotencyKey]);
  });

  test('pops again as new where a person wants that: the destination has shown two', async () => {
    const { app, call, shown } = await setUp();
    const trigger = { userId: USER, idempotencyKey: 'call-7', interactionId: 'call-7', phase: 'ringing' };
    const first = (await (await app.post(trigger)).json()) as { popId: string };
    const again = await call('popSendAgain', { popId: first.popId, asNew: true });
    expect(again).toMatchObject({ status: 'delivered', duplicate: false });
    expect(again.idempotencyKey).not.toBe('call-7');
    expect(await shown()).toEqual(['call-7', again.idempotencyKey]);
  });
});

test('a pop that has expired since is tried again without its expiry', async () => {
  const destination = await startStubDestination();
  destination.onPop(reply(403));
  const app = await startTestApp({ destination: destination.url });
  const { call } = await openSession(app);
  const expiresAt = new Date(Date.now() + 1500).toISOString();
  const failed = await app.post({ userId: USER, expiresAt });
  const { popId } = (await failed.json()) as { popId: string };
  await expect.poll(() => Date.now() > Date.parse(expiresAt), { timeout: 5000 }).toBe(true);
  expect(await call('popSendAgain', { popId, asNew: false })).toMatchObject({ status: 'delivered' });
});

test('A1 both stories have the entry that leads from one to the other; nothing of the context is in it', async () => {
  const app = await startTestApp();
  const { call } = await openSession(app);
  const { popId } = (await (await app.post({ userId: USER, customerData: { name: 'MARKED' } })).json()) as {
    popId: string;
  };
  const again = await call('popSendAgain', { popId, asNew: true });
  const stories = [await call('popStory', { popId }), await call('popStory', { popId: again.popId ?? '' })];
  for (const { entries } of stories) {
    const repeats = entries.filter(({ type }: { type: string }) => type === 'repeated');
    expect(repeats).toMatchObject([{ popId: again.popId, detail: popId, client: 'dashboard' }]);
  }
  expect(stories.map(({ entries }) => entries.map(({ type }: { type: string }) => type))).toEqual([
    ['intent', 'result', 'repeated'],
    ['intent', 'result', 'repeated'],
  ]);
  expect(JSON.stringify(app.entries())).not.toContain('MARKED');
  expect(await call('auditVerify', {})).toMatchObject({ verdict: 'whole' });
});

test('what is not in memory any more can be sent again in neither way', async () => {
  const app = await startTestApp();
  const { call } = await openSession(app);
  for (const asNew of [true, false])
    expect(await call('popSendAgain', { popId: crypto.randomUUID(), asNew })).toMatchObject({
      code: 'not_found',
    });
});

describeDashboard('the story of a pop', (dashboards) => {
  test('A1 offers both ways where it failed, says what each risks, and leads to the other pop and back', async () => {
    const destination = await startStubDestination();
    destination.onPop(() => {});
    const app = await dashboards.startApp({
      destination: destination.url,
      settings: { totalDeadlineMs: 2000 },
    });
    await app.post({ userId: 'agent-1', idempotencyKey: 'call-7' });
    await using dashboard = await dashboards.openApp(app);
    const { page } = dashboard;
    // Without a delivery yet, it begins with the first steps.
    await page.getByRole('link', { name: 'Recent pops' }).first().click();
    await page.locator('.row-group', { hasText: 'agent-1' }).getByRole('button').click();
    const story = page.getByRole('dialog');
    const tryAgain = story.getByRole('button', { name: 'Try again' });
    const asNew = story.getByRole('button', { name: 'Pop again as new' });
    await story.getByText('the destination shows the page at most once').waitFor();
    await story.getByText('This one may have been shown: the agent may get the page twice.').waitFor();
    await tryAgain.click();
    await story.locator('.answer .outcome-delivered').waitFor();
    expect(destination.pops.map(({ headers }) => headers['idempotency-key'])).toEqual(['call-7', 'call-7']);
    await story.getByRole('link', { name: 'another pop' }).click();
    await story.getByText('The agent has seen this page and gets it a second time.').waitFor();
    expect(await tryAgain.count()).toBe(0);
    await asNew.click();
    await story.locator('.answer .outcome-delivered').waitFor();
    expect(destination.pops.at(-1)?.headers['idempotency-key']).not.toBe('call-7');
    await story.getByRole('link', { name: 'the first pop' }).click();
    await story.getByText('This one may have been shown').waitFor();
    expect(dashboard.faults).toEqual([]);
  });
});
