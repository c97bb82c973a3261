import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';
import { start, startHeadless } from './run.ts';

const logIn = (dataDir: string) => readFileSync(join(dataDir, 'logs/poptray.log'), 'utf8');

test('there is a program log, wherever poptray was started: systemd and cron start it in /', async () => {
  const headless = await startHeadless({ cwd: '/' });
  expect(logIn(headless.dataDir)).toMatch(/\[info\] +started version="0\.1\.0" port=\d+/);
  headless.child.kill('SIGTERM');
  expect((await headless.ended).code).toBe(0);
  expect(logIn(headless.dataDir)).toMatch(/told to stop by="SIGTERM"\n.*stopped\n$/);
});

test('a start that failed stands in the log with its reason, in the words that the terminal has', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const dataDir = join(tempDir(), 'data');
  const fail = async (args: string[], env: Record<string, string> = {}) => {
    const { code, stderr } = await start('headless.ts', args, { dataDir, env, cwd: '/' }).ended;
    const last = logIn(dataDir).trimEnd().split('\n').at(-1);
    return { code, stderr, last };
  };
  const taken = await fail(['--port', `${port}`]);
  expect(taken).toMatchObject({
    code: 69,
    last: expect.stringMatching(
      /\[error\] start failed version="0\.1\.0" fault="Port \d+ is taken by another program\. .*"$/,
    ),
  });
  const wrong = await fail([], { GENESYS_BASE_URL: 'http://evil.test' });
  expect(wrong.code).toBe(78);
  expect(wrong.last).toContain('GENESYS_BASE_URL: must be an https URL');

  const first = await startHeadless({ dataDir });
  const second = await fail(['--port', '0']);
  expect([second.code, second.last]).toEqual([69, expect.stringContaining('Another poptray already uses')]);
  first.child.kill('SIGTERM');
  await first.ended;

  writeFileSync(join(dataDir, 'settings.json'), '{"prot":1}');
  writeFileSync(join(dataDir, 'settings.good.json'), '{');
  expect((await fail([])).last).toContain('prot');
});

test('a folder that is not ours to use gets no log', async () => {
  const dataDir = join(tempDir(), 'file');
  writeFileSync(dataDir, '');
  const { code, stderr } = await start('headless.ts', [], { dataDir }).ended;
  expect([code, stderr]).toEqual([78, expect.stringContaining('is not a folder')]);
  expect(existsSync(join(dataDir, 'logs'))).toBe(false);
});
