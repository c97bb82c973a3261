import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { ensureCommandToken, readCommandToken } from '../../main/app/command-token.ts';
import { COMMAND_CLIENT } from '../../main/endpoint/local-tokens.ts';
import { tempDir } from '../support/temp-dir.ts';

function openHost() {
  const kept = new Map<string, string>();
  const get = vi.fn(async (name: string) => kept.get(name));
  const set = vi.fn(async (name: string, value: string) => void kept.set(name, value));
  const host = { dataDir: tempDir(), secrets: async () => ({ get, set }) as never };
  let made = 0;
  const valid = new Set<string>();
  const localTokens = {
    identify: (token: string) => (valid.has(token) ? COMMAND_CLIENT : undefined),
    renewCommand() {
      made += 1;
      valid.clear();
      valid.add(`token-${made}`);
      return `token-${made}`;
    },
  };
  return { host, localTokens, get, set, valid, file: join(host.dataDir, 'command-token') };
}

test('on macOS the command’s token is in a file of its owner’s, and the keychain is left alone', async () => {
  const { host, localTokens, get, set, file } = openHost();
  expect(await readCommandToken(host, 'darwin')).toBeUndefined();
  await ensureCommandToken(host, localTokens, 'darwin');
  expect(readFileSync(file, 'utf8')).toBe('token-1\n');
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await readCommandToken(host, 'darwin')).toBe('token-1');
  expect([get.mock.calls.length, set.mock.calls.length]).toEqual([0, 0]);
});

test.each(['linux', 'win32'] as const)('on %s it is among the secrets', async (platform) => {
  const { host, localTokens, set, file } = openHost();
  await ensureCommandToken(host, localTokens, platform);
  expect(set.mock.calls).toEqual([['local-token', 'token-1']]);
  expect(await readCommandToken(host, platform)).toBe('token-1');
  expect(existsSync(file)).toBe(false);
});

test.each(['darwin', 'linux'] as const)(
  'one that counts is kept, one that was revoked is made anew, on %s',
  async (platform) => {
    const { host, localTokens, valid } = openHost();
    await ensureCommandToken(host, localTokens, platform);
    await ensureCommandToken(host, localTokens, platform);
    expect(await readCommandToken(host, platform)).toBe('token-1');
    valid.clear();
    await ensureCommandToken(host, localTokens, platform);
    expect(await readCommandToken(host, platform)).toBe('token-2');
  },
);
