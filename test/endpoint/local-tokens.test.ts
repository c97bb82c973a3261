import { chmodSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createLocalTokens, type TokenFile } from '../../main/endpoint/local-tokens.ts';
import { privateFileAt } from '../../main/platform/private-file.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { tempDir } from '../support/temp-dir.ts';

const ENV_TOKEN = 'e'.repeat(32);

/** A server and, as in another process, a command line on the same real file; counts what the server asks of it. */
function setUp({ envToken }: { envToken?: string } = {}) {
  const path = join(tempDir(), 'tokens.json');
  const clock = createFakeClock();
  const count = { stamps: 0, reads: 0 };
  const inner = privateFileAt(path);
  const file: TokenFile = {
    read: () => {
      count.reads++;
      return inner.read();
    },
    write: inner.write,
    stamp: () => {
      count.stamps++;
      return inner.stamp();
    },
  };
  const server = createLocalTokens({ file, envToken, clock });
  const cli = createLocalTokens({ file: privateFileAt(path), clock });
  return { path, clock, count, server, cli };
}

describe('local tokens', () => {
  test('a token is its client’s, from the moment that it is made in another process', () => {
    const { server, cli } = setUp();
    expect(server.identify('pt_wrong')).toBeUndefined();
    const softphone = cli.create('softphone');
    const script = cli.create('my.script_2-x');
    expect(softphone).toMatch(/^pt_[A-Za-z0-9_-]{43}$/);
    expect(server.identify(softphone)).toBe('softphone');
    expect(server.identify(script)).toBe('my.script_2-x');
    expect(server.identify(`${softphone}x`)).toBeUndefined();
    expect(server.identify(softphone.slice(0, -1))).toBeUndefined();
    expect(server.identify('')).toBeUndefined();
  });

  test('a token made while the file is read is known at the next look', () => {
    const path = join(tempDir(), 'tokens.json');
    const clock = createFakeClock();
    const inner = privateFileAt(path);
    const cli = createLocalTokens({ file: inner, clock });
    let made: string | undefined;
    const read = () => {
      const text = inner.read();
      made ??= cli.create('softphone');
      return text;
    };
    const server = createLocalTokens({ file: { ...inner, read }, clock });
    expect(server.identify('pt_wrong')).toBeUndefined();
    expect(server.identify(made ?? '')).toBe('softphone');
  });

  test('L13 a token revoked in another process stops within 200 ms', async () => {
    const { server, cli, clock } = setUp();
    const token = cli.create('softphone');
    const other = cli.create('other');
    expect(server.identify(token)).toBe('softphone');
    expect(cli.revoke('softphone')).toBe(true);
    await clock.advance(199);
    expect(server.identify(token)).toBe('softphone');
    await clock.advance(1);
    expect(server.identify(token)).toBeUndefined();
    expect(server.identify(other)).toBe('other');
    expect(cli.revoke('softphone')).toBe(false);
  });

  test('a token revoked in the same process stops at once', () => {
    const { server } = setUp();
    const token = server.create('softphone');
    expect(server.identify(token)).toBe('softphone');
    server.revoke('softphone');
    expect(server.identify(token)).toBeUndefined();
  });

  test('the command’s own token is made anew in the place of the old one', () => {
    const { server } = setUp();
    const softphone = server.create('softphone');
    const old = server.renewCommand();
    expect(server.identify(old)).toBe('poptray-command');
    const renewed = server.renewCommand();
    expect(renewed).not.toBe(old);
    expect(server.identify(old)).toBeUndefined();
    expect(server.identify(renewed)).toBe('poptray-command');
    expect(server.identify(softphone)).toBe('softphone');
    expect(server.list().map(({ name }) => name)).toEqual(['softphone', 'poptray-command']);
  });

  test('the token of the environment is the client named environment, beside the stored ones', () => {
    const { server, cli } = setUp({ envToken: ENV_TOKEN });
    const token = cli.create('softphone');
    expect(server.identify(ENV_TOKEN)).toBe('environment');
    expect(server.identify(token)).toBe('softphone');
    expect(server.list().map(({ name }) => name)).toEqual(['softphone']);
  });

  test('a POPTRAY_TOKEN of less than 32 characters is refused, an empty one is none', () => {
    expect(() => setUp({ envToken: 'e'.repeat(31) })).toThrow('at least 32 characters');
    expect(setUp({ envToken: '' }).server.identify('')).toBeUndefined();
  });

  test.each(['', 'Softphone', '.hidden', '-x', 'a b', 'a/b', 'ä', 'a'.repeat(65)])(
    'the name "%s" is refused',
    (name) => {
      expect(() => setUp().server.create(name)).toThrow('1 to 64');
    },
  );

  test('a name is given once, and those of poptray’s own never', () => {
    const { server, cli } = setUp();
    cli.create('softphone');
    expect(() => server.create('softphone')).toThrow('There is a token named softphone already.');
    for (const name of ['environment', 'poptray-command'])
      expect(() => server.create(name)).toThrow('kept for poptray’s own use');
  });

  test('the list says who and since when, not how', () => {
    const { server, cli } = setUp();
    cli.create('a');
    cli.create('b');
    const createdAt = '2026-11-23T12:00:00.000Z';
    expect(server.list()).toEqual([
      { name: 'a', createdAt, origin: null },
      { name: 'b', createdAt, origin: null },
    ]);
  });

  test('a page stays paired for as long as there is its token', async () => {
    const { server, cli, clock } = setUp();
    const token = cli.create('crm', 'https://crm.example');
    await clock.advance(200);
    expect([server.identify(token), server.isPaired('https://crm.example')]).toEqual(['crm', true]);
    for (const origin of ['https://crm.example:8443', 'http://crm.example', 'null', ''])
      expect(server.isPaired(origin)).toBe(false);
    expect(server.list()).toMatchObject([{ name: 'crm', origin: 'https://crm.example' }]);
    cli.revoke('crm');
    await clock.advance(200);
    expect(server.isPaired('https://crm.example')).toBe(false);
  });

  test('the file holds hashes, no token, and is private', () => {
    const { server, path } = setUp({ envToken: ENV_TOKEN });
    const token = server.create('softphone');
    const text = readFileSync(path, 'utf8');
    expect(text).not.toContain(token.slice(3));
    expect(text).not.toContain(ENV_TOKEN);
    expect(JSON.parse(text).tokens[0].hash).toMatch(/^[0-9a-f]{64}$/);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('a known token costs one look at the file in 200 ms, a wrong one a look each time, and neither a read', async () => {
    const { server, cli, clock, count } = setUp();
    const token = cli.create('softphone');
    server.identify(token);
    Object.assign(count, { stamps: 0, reads: 0 });
    for (let i = 0; i < 1_000; i++) server.identify(token);
    expect(count).toEqual({ stamps: 0, reads: 0 });
    await clock.advance(200);
    for (let i = 0; i < 1_000; i++) server.identify(token);
    expect(count).toEqual({ stamps: 1, reads: 0 });
    for (let i = 0; i < 10; i++) server.identify('pt_guess');
    expect(count).toEqual({ stamps: 11, reads: 0 });
  });

  test.each(['{', '{"version":2,"tokens":[]}', '{"version":1,"tokens":[{"name":"a","hash":"xy"}]}'])(
    'a damaged file (%s) lets nobody in, until it is mended',
    async (text) => {
      const { server, clock, path } = setUp();
      const token = server.create('softphone');
      const good = readFileSync(path, 'utf8');
      privateFileAt(path).write(text);
      await clock.advance(200);
      for (let i = 0; i < 3; i++)
        expect(() => server.identify(token)).toThrow(/tokens.json is (damaged|of version 2)/);
      expect(() => server.create('other')).toThrow(/tokens.json is (damaged|of version 2)/);
      privateFileAt(path).write(good);
      expect(server.identify(token)).toBe('softphone');
    },
  );

  test.skipIf(process.platform === 'win32')('L18 a file that others can write is not believed', async () => {
    const { server, cli, path } = setUp();
    const token = cli.create('softphone');
    chmodSync(path, 0o666);
    expect(() => server.identify(token)).toThrow('chmod 600');
  });
});
