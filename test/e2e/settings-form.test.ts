/** The settings in a real browser over the real app. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeDashboard } from '../renderer/with-dashboard.ts';
import { WEBHOOK_SECRET } from '../support/environment.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import { startReceiver, verified } from '../support/receiver.ts';
import { tempDir } from '../support/temp-dir.ts';
import { USER } from '../support/test-app.ts';

describeDashboard('the settings over the real app', (dashboards) => {
  test('a webhook is taken with its secret, and told of the next pop; without one, the field says why', async () => {
    const receiver = await startReceiver();
    const app = await dashboards.startApp();
    await using dashboard = await dashboards.openApp(app);
    const { page } = dashboard;
    await page.getByRole('navigation').getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Add a webhook' }).click();
    const webhook = page.getByRole('group', { name: 'productivity' });
    await webhook.getByLabel('Address').fill(receiver.url);
    await page.getByRole('button', { name: 'Save' }).click();
    await webhook.getByText('has no secret to sign with').waitFor();
    await webhook.getByLabel('New secret').fill('whsec_no');
    await page.getByRole('button', { name: 'Save' }).click();
    await webhook.getByText('a webhook secret is').waitFor();
    await webhook.getByLabel('New secret').fill(WEBHOOK_SECRET);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved, and in effect', { exact: true }).first().waitFor();
    expect(await webhook.getByLabel('New secret').inputValue()).toBe('');
    await page.getByRole('listitem').filter({ hasText: 'Secret of the webhook productivity' }).waitFor();

    await app.post({ userId: USER });
    await receiver.got(1);
    expect(receiver.received[0] && verified(receiver.received[0])).toMatchObject({ userId: USER });
    expect(dashboard.faults).toEqual([]);
  });

  test('a receiver of the log is taken, given its secret, and sent the log; what is wrong is said at its field', async () => {
    const receiver = await startOtlpReceiver();
    const app = await dashboards.startApp();
    await using dashboard = await dashboards.openApp(app);
    const { page } = dashboard;
    await page.getByRole('navigation').getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Add an OpenTelemetry receiver' }).click();
    await page.getByRole('group', { name: 'New receiver' }).getByLabel('Id').fill('collector');
    const fields = page.getByRole('group', { name: 'collector' });
    await fields.getByLabel('Address').fill('http://otel.example');
    await fields.getByLabel('The figures, as metrics').uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    await fields.locator('.field', { hasText: 'Address' }).locator('.field-error').waitFor();
    await fields.getByLabel('Address').fill(receiver.url);
    await fields.getByLabel('Header for its secret').fill('x-api-key');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved, and in effect', { exact: true }).first().waitFor();
    const { shipping } = JSON.parse(readFileSync(join(app.dataDir, 'settings.json'), 'utf8'));
    expect(shipping).toEqual([
      { id: 'collector', kind: 'otlp', url: receiver.url, signals: ['logs'], secretHeader: 'x-api-key' },
    ]);
    const secret = page.getByRole('listitem').filter({ hasText: 'receiver collector' });
    await secret.getByRole('button', { name: /^Set/ }).click();
    await secret.getByLabel('New value').fill('a secret');
    await secret.getByRole('button', { name: 'Save' }).click();
    await receiver.got(1);
    expect(receiver.received[0]?.headers['x-api-key']).toBe('a secret');
    expect(dashboard.faults).toEqual([]);
  });

  test('a page of others gets its template from a pattern, with consent to what stands in the address, and a sample', async () => {
    const app = await dashboards.startApp();
    await using dashboard = await dashboards.openApp(app);
    const { page } = dashboard;
    await page.getByRole('navigation').getByRole('link', { name: 'Settings' }).click();
    const fields = page.getByRole('group', { name: 'com.example.customapp' });
    await fields.getByLabel('What is shown').selectOption('target');
    await fields.getByLabel('Begin with').selectOption({ label: 'Zendesk: a ticket' });
    await fields.getByText('https://example.zendesk.com/agent/tickets/12345').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    const problem = (label: string) => fields.locator('.field', { hasText: label }).locator('.field-error');
    await problem('Consent').getByText('must name ticketId').waitFor();
    await problem('Allowed origins').getByText('https://example.zendesk.com').waitFor();
    expect(await dashboard.axe()).toEqual([]);
    if (process.env.SHOTS) await fields.screenshot({ path: `${process.env.SHOTS}/template.png` });

    await fields.getByLabel('They may see ticketId').check();
    await fields.getByLabel('Allowed origins').fill('https://example.zendesk.com');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved, and in effect', { exact: true }).first().waitFor();
    const { applications } = JSON.parse(readFileSync(join(app.dataDir, 'settings.json'), 'utf8'));
    expect(applications[0]).toMatchObject({
      target: 'https://example.zendesk.com/agent/tickets/{ticketId}',
      exposes: ['ticketId'],
      allowedOrigins: ['https://example.zendesk.com'],
    });
    expect(applications[0]).not.toHaveProperty('baseUri');
    expect(dashboard.faults).toEqual([]);
  });

  test('F28 a broken file is told of in a banner until it is saved; what was in it is kept, and where is said', async () => {
    const dataDir = join(tempDir(), 'data');
    const first = await dashboards.startApp({ dataDir, settings: { dedupeWindowMs: 1234 } });
    await first.stop();
    writeFileSync(join(dataDir, 'settings.json'), '{"dedupWindowMs":5}');

    const app = await dashboards.startApp({ dataDir });
    await using dashboard = await dashboards.openApp(app);
    const { page } = dashboard;
    const banner = page.locator('.banner', { hasText: 'its last good copy is' });
    await banner.getByText('has an unknown member: dedupWindowMs').waitFor();
    await banner.getByRole('link').click();
    expect(await page.getByLabel('Dedupe window, in seconds').inputValue()).toBe('1.234');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('the file as it was is kept as settings.replaced-1.json').first().waitFor();
    await banner.waitFor({ state: 'detached' });
    expect(readFileSync(join(dataDir, 'settings.replaced-1.json'), 'utf8')).toBe('{"dedupWindowMs":5}');
    expect(JSON.parse(readFileSync(join(dataDir, 'settings.json'), 'utf8')).dedupeWindowMs).toBe(1234);
    expect(dashboard.faults).toEqual([]);
  });

  test('what is saved is there after a restart; the port says that it waits for one', async () => {
    const dataDir = join(tempDir(), 'data');
    const env = { POPTRAY_PORT: '' };
    const first = await dashboards.startApp({ dataDir, env, settings: { port: 0 } });
    {
      await using dashboard = await dashboards.openApp(first);
      const { page } = dashboard;
      await page.getByRole('navigation').getByRole('link', { name: 'Settings' }).click();
      await page.getByLabel('Ended').check();
      await page.getByLabel('Port').fill('1');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Saved, and in effect but for the port').first().waitFor();
      await page.getByText('Changes when poptray starts again.').waitFor();
      expect(await (await first.post({ userId: USER, phase: 'ended' })).json()).toMatchObject({
        status: 'delivered',
      });
      await page.getByLabel('Port').fill('0');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Saved, and in effect', { exact: true }).first().waitFor();
      expect(dashboard.faults).toEqual([]);
    }
    await first.stop();

    const second = await dashboards.startApp({ dataDir, env });
    await using dashboard = await dashboards.openApp(second);
    const { page } = dashboard;
    await page.getByRole('navigation').getByRole('link', { name: 'Settings' }).click();
    expect(await page.getByLabel('Ended').isChecked()).toBe(true);
    expect(dashboard.faults).toEqual([]);
  });
});
