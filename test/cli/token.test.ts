import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';
import { USER } from '../support/test-app.ts';
import { poptray, startHeadless } from './run.ts';

test('a token works in the running poptray from its creation to its revocation', async () => {
  const { port, poptray: command } = await startHeadless();
  const statusWith = async (token: string) => {
    const response = await fetch(`http://127.0.0.1:${port}/trigger-screenpop`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ userId: USER }),
    });
    return response.status;
  };
  const created = await command('token', 'create', 'softphone');
  expect([created.code, created.stderr]).toEqual([0, '']);
  expect(created.stdout).toMatch(/^pt_[\w-]{43}\n$/);
  const token = created.stdout.trim();
  expect(await statusWith(token)).toBe(200);

  const list = await command('token', 'list');
  expect(list.stdout).toMatch(/^poptray-command {2}since \S+Z\nsoftphone {2}since \S+Z\n$/);
  const json = JSON.parse((await command('token', 'list', '--json')).stdout);
  expect(json).toEqual([
    { name: 'poptray-command', createdAt: expect.any(String), origin: null },
    { name: 'softphone', createdAt: expect.any(String), origin: null },
  ]);

  expect(await command('token', 'revoke', 'softphone')).toMatchObject({ code: 0, stdout: '' });
  await expect.poll(() => statusWith(token), { timeout: 10_000 }).toBe(401);
  // The command's own is another one.
  expect((await command('trigger', '--user', USER)).code).toBe(0);
});

test('a name that is bad, taken or unknown exits 1 and says so', async () => {
  const dataDir = tempDir();
  const run = (...args: string[]) => poptray(['token', ...args], { dataDir });
  await run('create', 'a');
  for (const [args, text] of [
    [['create', 'a'], 'already'],
    [['create', 'Grüße'], 'lower-case letters'],
    [['create', 'environment'], 'kept for poptray’s own use'],
    [['revoke', 'b'], 'poptray token list'],
  ] as const) {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining(text)]);
  }
});

test('without tokens the list says how to make one', async () => {
  const { code, stdout, stderr } = await poptray(['token', 'list'], { dataDir: tempDir() });
  expect([code, stdout, stderr]).toEqual([0, '', expect.stringContaining('poptray token create NAME')]);
});

test('a damaged file, a short POPTRAY_TOKEN and a folder in a file exit 78 and say what to do', async () => {
  const dataDir = tempDir();
  const short = await poptray(['token', 'list'], { dataDir, env: { POPTRAY_TOKEN: 'short' } });
  expect([short.code, short.stderr]).toEqual([78, expect.stringContaining('at least 32 characters')]);
  writeFileSync(join(dataDir, 'tokens.json'), '{', { mode: 0o600 });
  for (const args of [['list'], ['create', 'a'], ['revoke', 'a']]) {
    const { code, stderr } = await poptray(['token', ...args], { dataDir });
    expect([code, stderr]).toEqual([78, expect.stringContaining('restore it from a backup')]);
  }
  const inFile = await poptray(['token', 'create', 'a', '--data-dir', join(dataDir, 'tokens.json', 'x')]);
  expect([inFile.code, inFile.stderr]).toEqual([78, expect.stringContaining('--data-dir DIR')]);
});

test('--data-dir wins over POPTRAY_DATA_DIR', async () => {
  const [one, other] = [tempDir(), tempDir()];
  await poptray(['token', 'create', 'a', '--data-dir', one], { dataDir: other });
  expect((await poptray(['token', 'list'], { dataDir: one })).stdout).toMatch(/^a /);
  expect((await poptray(['token', 'list'], { dataDir: other })).stdout).toBe('');
});

test('L16 poptray pair prints a code, and whoever brings it to poptray has a token', async () => {
  const headless = await startHeadless();
  const { code, stdout, stderr } = await headless.poptray('pair', 'crm');
  expect([code, stdout, stderr]).toEqual([
    0,
    expect.stringMatching(/^\d{6}\n$/),
    expect.stringContaining('within two minutes'),
  ]);
  const url = `http://127.0.0.1:${headless.port}`;
  const headers = { 'content-type': 'application/json', origin: 'https://crm.example' };
  const reply = await fetch(`${url}/pairings`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ code: stdout.trim() }),
  });
  const { token } = (await reply.json()) as { token: string };
  const fired = await fetch(`${url}/trigger-screenpop`, {
    method: 'POST',
    headers: { ...headers, authorization: `Bearer ${token}` },
    body: JSON.stringify({ userId: USER }),
  });
  expect(fired.status).toBe(200);
  expect((await headless.poptray('token', 'list')).stdout).toMatch(
    /^crm +since \S+ +https:\/\/crm\.example$/m,
  );
  const taken = await headless.poptray('pair', 'crm');
  expect([taken.code, taken.stderr]).toEqual([
    1,
    expect.stringContaining('  /name There is a token named crm already'),
  ]);
});

test('the command’s own token, once revoked, is made anew at the next start, and the command says so', async () => {
  const headless = await startHeadless();
  expect((await headless.poptray('token', 'revoke', 'poptray-command')).code).toBe(0);
  const refused = await headless.poptray('trigger', '--user', USER);
  expect([refused.code, refused.stderr]).toEqual([
    69,
    expect.stringContaining('makes another when it is started again'),
  ]);
  headless.child.kill('SIGTERM');
  await headless.ended;
  const next = await startHeadless({ dataDir: headless.dataDir });
  expect((await next.poptray('trigger', '--user', USER)).code).toBe(0);
});
