import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { auditDir } from '../../main/audit/format/segments.ts';
import { readEntries } from '../../main/audit/read/entries.ts';
import { tempDir } from '../support/temp-dir.ts';
import { poptray, startHeadless } from './run.ts';

const ADA = '3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b';
const GRACE = '9b1d7c52-0c37-4b62-8a5e-2d1f0a9c8b7e';
const settingsIn = (dataDir: string) => JSON.parse(readFileSync(join(dataDir, 'settings.json'), 'utf8'));

test('who works here is set while poptray runs, counts at once, stands on record, and is forgotten', async () => {
  const dataDir = tempDir();
  const headless = await startHeadless({ dataDir });
  const trigger = (...args: string[]) => headless.poptray('trigger', '--json', ...args);
  const refused = await trigger('--data', 'a=1');
  expect([refused.code, JSON.parse(refused.stdout)]).toMatchObject([
    1,
    {
      code: 'invalid_trigger',
      errors: [{ pointer: '/userId' }],
      hint: expect.stringContaining('POPTRAY_AGENT'),
    },
  ]);

  const set = await headless.poptray('agent', 'set', ADA, '--name', 'Ada Lovelace', '--country', 'DE');
  expect([set.code, set.stdout]).toEqual([0, `Ada Lovelace (${ADA}), by the settings\n`]);
  expect(JSON.parse((await trigger('--data', 'a=1')).stdout)).toMatchObject({ status: 'delivered' });
  expect(JSON.parse((await headless.poptray('status', '--json')).stdout).agent).toEqual({
    userId: ADA,
    name: 'Ada Lovelace',
    from: 'settings',
  });

  // The next at this desk: the country is the desk's, the name was that of another.
  expect((await headless.poptray('agent', 'set', GRACE)).stdout).toBe(`${GRACE}, by the settings\n`);
  expect(settingsIn(dataDir).agent).toEqual({ userId: GRACE, country: 'DE' });
  expect((await headless.poptray('agent', 'clear')).stdout).toContain('nobody');
  expect((await trigger('--data', 'a=2')).code).toBe(1);

  const changes = [...readEntries(auditDir(dataDir))].flatMap(({ type, change, client }) =>
    type === 'changed' && change?.subject === 'settings' ? [[client, change.members]] : [],
  );
  expect(changes).toEqual([
    ['poptray-command', ['/agent/userId', '/agent/name', '/agent/country']],
    ['poptray-command', ['/agent/userId', '/agent/name']],
    ['poptray-command', ['/agent/userId']],
  ]);
});

test('a token for pops alone sets nobody', async () => {
  const headless = await startHeadless();
  const { stdout } = await headless.poptray('token', 'create', 'softphone');
  const token = /\S{32,}/.exec(stdout)?.[0];
  const url = `http://127.0.0.1:${headless.port}/agent`;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ userId: ADA }),
  });
  expect([answer.status, await answer.json()]).toMatchObject([403, { code: 'forbidden_client' }]);
});

test('where poptray does not run it is kept for its next start', async () => {
  const dataDir = tempDir();
  const run = (...args: string[]) => poptray(['agent', ...args], { dataDir });
  expect((await run()).stdout).toMatch(/^nobody/);
  const set = await run('set', ADA, '--country', 'DE');
  expect([set.code, set.stdout]).toEqual([0, expect.stringContaining('next start')]);
  expect(JSON.parse((await run('show', '--json')).stdout)).toEqual({
    userId: ADA,
    name: null,
    country: 'DE',
    from: 'settings',
  });
  const headless = await startHeadless({ dataDir });
  expect((await headless.poptray('trigger', '--data', 'a=1')).code).toBe(0);
});

test('POPTRAY_AGENT wins, is shown as what it is, and is no part of the file', async () => {
  const dataDir = tempDir();
  const env = { POPTRAY_AGENT: GRACE };
  const headless = await startHeadless({ dataDir, env });
  expect((await headless.poptray('trigger', '--data', 'a=1')).code).toBe(0);
  const set = await headless.poptray('agent', 'set', ADA);
  expect([set.code, set.stderr]).toEqual([1, expect.stringContaining('POPTRAY_AGENT')]);
  const shown = await poptray(['agent'], { dataDir, env });
  expect(shown.stdout).toContain(`${GRACE}, by POPTRAY_AGENT`);
  expect(existsSync(join(dataDir, 'settings.json'))).toBe(false);
});

test.each([
  [['set'], 'user-id'],
  [['set', 'a/b'], 'letters, digits or hyphens'],
  [['set', ADA, '--country', 'Germany'], 'code of a country'],
  [['set', ADA, '--name', ' '], 'name'],
])('%j exits 64 and says why', async (args, text) => {
  const { code, stderr } = await poptray(['agent', ...args], { dataDir: tempDir() });
  expect([code, stderr]).toEqual([64, expect.stringContaining(text)]);
});

test('broken settings are not replaced by it', async () => {
  const dataDir = tempDir();
  writeFileSync(join(dataDir, 'settings.json'), '{ "port": ');
  const { code } = await poptray(['agent', 'set', ADA], { dataDir });
  expect(code).toBe(78);
  expect(readFileSync(join(dataDir, 'settings.json'), 'utf8')).toBe('{ "port": ');
});
