import { expect, test } from 'vitest';
import { WEBHOOK_SECRET } from '../support/environment.ts';
import { tempDir } from '../support/temp-dir.ts';
import { poptray, startHeadless } from './run.ts';

test('a secret is kept, listed by name and place alone, and forgotten', async () => {
  const dataDir = tempDir();
  const run = (args: string[], input?: string) =>
    poptray(['secret', ...args], { dataDir, ...(input !== undefined && { input }) });
  const set = await run(['set', 'destination:genesys:client-secret'], 'MARKED-8471\n');
  expect([set.code, set.stdout]).toEqual([0, expect.stringContaining('client-secret is kept')]);
  expect(set.stderr).toContain('kept unencrypted');
  const list = await run(['list']);
  expect(list.stdout).toMatch(/^destination:genesys:client-secret +file$/m);
  expect(list.stdout).toMatch(/^destination:genesys:signing-secret +-$/m);
  expect((await run(['clear', 'destination:genesys:client-secret'])).code).toBe(0);
  expect((await run(['list'])).stdout).toMatch(/^destination:genesys:client-secret +-$/m);
  const none = await run(['clear', 'destination:genesys:client-secret']);
  expect([none.code, none.stderr]).toEqual([
    1,
    expect.stringContaining('no destination:genesys:client-secret'),
  ]);
  for (const { stdout, stderr } of [set, list]) expect(stdout + stderr).not.toContain('MARKED');
});

test('what is no secret of the user’s, or has no form of one, is refused: 64', async () => {
  const dataDir = tempDir();
  const set = (name: string, input: string) => poptray(['secret', 'set', name], { dataDir, input });
  for (const [name, input, text] of [
    ['audit-key', 'x', 'one of destination:ID:client-secret, destination:ID:token'],
    ['local-token', 'x', 'one of destination:ID:client-secret, destination:ID:token'],
    ['destination:genesys:client-secret', ' \n', 'Nothing came in'],
    ['webhook-secret:productivity', 'nonsense', 'a webhook secret is "whsec_" and'],
  ] as const) {
    const { code, stderr } = await set(name, input);
    expect([name, code, stderr]).toEqual([name, 64, expect.stringContaining(text)]);
  }
  expect((await set('webhook-secret:productivity', WEBHOOK_SECRET)).code).toBe(0);
});

test('the names of version 0.1 stand for those of the destination genesys', async () => {
  const dataDir = tempDir();
  const set = await poptray(['secret', 'set', 'client-secret'], { dataDir, input: 'x' });
  expect([set.code, set.stdout]).toEqual([
    0,
    expect.stringMatching(/^destination:genesys:client-secret is kept/),
  ]);
  expect((await poptray(['secret', 'clear', 'destination:genesys:client-secret'], { dataDir })).code).toBe(0);
});

test('a token with a line break at its end is the token, for poptray and for the command', async () => {
  const env = { POPTRAY_TOKEN: 'a-token-of-0123456789-0123456789\r\n' };
  const headless = await startHeadless({ env });
  expect((await headless.poptray('status')).code).toBe(0);
});
