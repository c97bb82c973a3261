/** The dashboard in a real browser over the real app: what a person sees of what really happened. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { auditDir, listSegments } from '../../main/audit/format/segments.ts';
import { describeDashboard } from '../renderer/with-dashboard.ts';
import { reply, startStubDestination } from '../support/stub-destination.ts';
import { USER } from '../support/test-app.ts';

describeDashboard('the dashboard over the real app', (dashboards) => {
  test('a newcomer gets from the link to a delivered test pop with one press, on the simulator', async () => {
    const app = await dashboards.startApp();
    await using dashboard = await dashboards.openApp(app);
    const { page } = dashboard;
    await page.getByText('Simulator.').waitFor();
    await page.getByRole('button', { name: 'Send the test pop' }).click();
    await page.locator('.answer .outcome-delivered').waitFor();
    await page.getByRole('link', { name: 'See it in Recent pops' }).click();
    await page.locator('table.pops .outcome-delivered').waitFor();
    expect(app.entries().at(-1)).toMatchObject({ type: 'result', status: 'delivered', client: 'dashboard' });
    // Whoever comes back has seen it.
    await using later = await dashboards.openApp(app);
    await later.page.getByRole('heading', { level: 1, name: 'Recent pops' }).waitFor();
    expect([...dashboard.faults, ...later.faults]).toEqual([]);
  });

  test('a softphone’s pop is in Recent pops within a second, without a reload', async () => {
    const app = await dashboards.startApp();
    await app.post({ userId: 'agent-before' });
    await using dashboard = await dashboards.openApp(app);
    const { page } = dashboard;
    await page.getByText('agent-before').waitFor();
    await page.evaluate('globalThis.isSamePage = true');
    const fired = app.post({ userId: 'agent-live', customerData: { customerName: 'Ada Lovelace' } });
    await page.locator('.row-group', { hasText: 'agent-live' }).waitFor({ timeout: 1000 });
    expect((await fired).status).toBe(200);
    await page
      .locator('.row-group', { hasText: 'agent-live' })
      .locator('.outcome-delivered')
      .waitFor({ timeout: 1000 });
    expect(await page.evaluate('isSamePage')).toBe(true);
    expect(await page.content()).not.toContain('Lovelace');
    expect(dashboard.faults).toEqual([]);
  });

  test('a pop that failed shows what to do about it, in the list and in its story', async () => {
    const destination = await startStubDestination();
    destination.onPop(reply(403, { message: 'no' }, { 'inin-correlation-id': 'support-needs-this' }));
    const app = await dashboards.startApp({ destination: destination.url });
    await app.post({ userId: 'agent-before' });
    await app.post({ userId: 'agent-after' });
    await using dashboard = await dashboards.openApp(app);
    const { page } = dashboard;
    const row = page.locator('.row-group', { hasText: 'agent-before' });
    await row.getByText('Assign the OAuth client a role').waitFor();
    await row.getByRole('button').click();
    const story = page.getByRole('dialog');
    await story.getByText('What to do:').waitFor();
    await story.getByText('support-needs-this').waitFor();
    await story.getByRole('button', { name: 'Try again' }).click();
    await story.locator('.answer .outcome-delivered').waitFor();
    expect(destination.pops.map(({ path }) => path.split('/')[4])).toEqual([
      'agent-before',
      'agent-after',
      'agent-before',
    ]);
    expect(dashboard.faults).toEqual([]);
  });

  test('pause stops pops and says so to the caller and on the page, until it is taken back', async () => {
    const destination = await startStubDestination();
    const app = await dashboards.startApp({ destination: destination.url });
    await app.post({ userId: 'agent-before' });
    await using dashboard = await dashboards.openApp(app);
    const { page } = dashboard;
    await page.getByText('Pause', { exact: true }).click();
    await page.getByRole('button', { name: 'Until I resume' }).click();
    const banner = page.locator('.banner', { hasText: 'Pops are paused' });
    await banner.waitFor();
    const held = await app.post({ userId: 'agent-held' });
    expect(await held.json()).toMatchObject({ status: 'suppressed', reason: 'paused' });
    await page.locator('.row-group', { hasText: 'agent-held' }).getByText('Held back · paused').waitFor();
    expect(destination.pops).toHaveLength(1);

    await page.getByRole('button', { name: 'Resume now' }).click();
    await banner.waitFor({ state: 'detached' });
    expect(await (await app.post({ userId: USER })).json()).toMatchObject({ status: 'delivered' });
    expect(dashboard.faults).toEqual([]);
  });

  test('a verified log is called whole, and one that was changed is not, with the place', async () => {
    const app = await dashboards.startApp();
    await app.post({ userId: 'agent-honest' });
    await using dashboard = await dashboards.openApp(app);
    const { page } = dashboard;
    await page.getByRole('link', { name: 'Audit history' }).click();
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText('The log is whole').first().waitFor();
    tamper(app.dataDir);
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText('The log was tampered with').first().waitFor();
    await page.getByText('First fault: entry #2').waitFor();
    expect(dashboard.faults).toEqual([]);
  });

  test('a test pop can be run dry: the preview is what the destination would get, and nothing is sent', async () => {
    const destination = await startStubDestination();
    const app = await dashboards.startApp({ destination: destination.url });
    await using dashboard = await dashboards.openApp(app);
    const { page } = dashboard;
    await page.getByRole('navigation').getByRole('link', { name: 'Test pop' }).click();
    await page.getByLabel('Agent').fill(USER);
    await page.getByLabel('Name 1').fill('customerName');
    await page.getByLabel('Value 1').fill('Ada & Co');
    await page.getByRole('button', { name: 'Dry run' }).click();
    await page
      .getByText('https://app.mydashboard.com/agent-view#customerName=Ada%20%26%20Co', { exact: true })
      .waitFor();
    await page.getByText(/^Dry run at .*: nothing was sent\./).waitFor();
    expect(destination.pops).toEqual([]);
    await page.getByRole('button', { name: 'Send test pop' }).click();
    await page.locator('.answer .outcome-delivered').waitFor();
    expect(JSON.parse(String(destination.pops[0]?.body))).toMatchObject({
      uri: 'https://app.mydashboard.com/agent-view#customerName=Ada%20%26%20Co',
    });
    expect(dashboard.faults).toEqual([]);
  });
});

/** Makes another agent of the one in the log. */
function tamper(dataDir: string): void {
  const dir = auditDir(dataDir);
  const segment = join(dir, listSegments(dir)[0] ?? '');
  writeFileSync(segment, readFileSync(segment, 'utf8').replace('agent-honest', 'agent-framed'));
}
