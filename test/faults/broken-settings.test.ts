/** Settings that a person or a crash has spoiled, before a start of the real program. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { poptray } from '../cli/run.ts';
import { startHeadless } from '../support/headless.ts';
import { tempDir } from '../support/temp-dir.ts';
import { USER } from '../support/test-app.ts';

const CRM = { id: 'crm', baseUri: 'https://crm.example/x', allowedOrigins: ['https://crm.example'] };

test('F28 poptray starts with the last good copy of its settings, and says so in its log and to the doctor', async () => {
  const dataDir = join(tempDir(), 'data');
  const first = await startHeadless({ dataDir });
  first.kill('SIGTERM');
  expect(await first.ended).toBe(0);
  expect(readdirSync(dataDir)).not.toContain('settings.good.json');
  const file = join(dataDir, 'settings.json');
  writeFileSync(file, `\uFEFF${JSON.stringify({ applications: [CRM] })}`);
  const second = await startHeadless({ dataDir });
  second.kill('SIGTERM');
  expect(await second.ended).toBe(0);

  writeFileSync(file, readFileSync(file, 'utf8').replace('"id"', '"name"'));
  const third = await startHeadless({ dataDir });
  expect(third.output()).toMatch(/last good copy of the settings counts .*applications\.0.*name/);
  expect(await (await third.post({ userId: USER, application: 'crm' })).json()).toMatchObject({
    status: 'delivered',
  });
  const log = readFileSync(join(dataDir, 'logs', 'poptray.log'), 'utf8');
  expect(log).toContain('last good copy of the settings counts');
  const { code, stdout } = await poptray(['doctor'], { dataDir });
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^FAULT {2}settings: settings.json has settings that do not fit:\n(?: .*\n)+.*last good copy/m,
  );
  expect(stdout.match(/^FAULT/gm)).toHaveLength(1);
});
