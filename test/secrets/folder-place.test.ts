/** What the keychain keeps for a data folder follows it when it is moved. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { folderPlace, isMoved, notePlace } from '../../main/secrets/folder-place.ts';
import { openKeychain } from '../../main/secrets/keychain.ts';
import { createSecrets, type SecretName } from '../../main/secrets/secrets.ts';
import { needsKeyring, runWithKeyring } from '../support/keyring.ts';
import { tempDir } from '../support/temp-dir.ts';
import { NO_TMPFS } from '../support/tmpfs.ts';

const KEPT: Readonly<Record<string, string>> = {
  'audit-key': 'k',
  'audit-checkpoint': 'c',
  'webhook-secret:crm': 'w',
};

/** By account, as version 0.1 has named them. */
const accountsOf = (path: string, kept = KEPT) => {
  const place = createHash('sha256').update(path).digest('hex').slice(0, 12);
  return Object.fromEntries(Object.entries(kept).map(([name, value]) => [`${name}@${place}`, value]));
};

class Killed extends Error {}

/** A user's keychain, and a data folder `p` of version 0.1 with items in it. */
function setUp() {
  const home = realpathSync(tempDir());
  const at = (name: string) => join(home, name);
  mkdirSync(join(at('p'), 'audit'), { recursive: true, mode: 0o700 });
  const names = { version: 1, names: Object.keys(KEPT) };
  writeFileSync(join(at('p'), 'keychain.json'), JSON.stringify(names), { mode: 0o600 });
  const items = new Map([...Object.entries(accountsOf(at('p'))), ['probe', 'poptray can use this keychain']]);
  const state = { isLocked: false, forgets: false, changes: 0 };

  /** A start in the folder; killed at its change with that number, before or after it is made. */
  async function start(name: string, die?: { at: number; isMade: boolean }) {
    const dataDir = at(name);
    if (folderPlace(dataDir).copyOf) throw new Error('a copy');
    notePlace(dataDir);
    state.changes = 0;
    let isDead = false;
    const change = (make: () => boolean): boolean => {
      if (isDead) throw new Killed();
      if (state.isLocked) throw new Error('Cannot create an item in a locked collection');
      isDead = ++state.changes === die?.at;
      if (isDead && !die?.isMade) throw new Killed();
      const made = make();
      if (isDead) throw new Killed();
      return made;
    };
    const load = async () => ({
      getPassword: async (_: string, account: string) =>
        state.isLocked ? null : (items.get(account) ?? null),
      setPassword: async (_: string, account: string, value: string) =>
        void change(() => state.forgets || Boolean(items.set(account, value))),
      deletePassword: async (_: string, account: string) =>
        !state.isLocked && change(() => items.delete(account)),
    });
    const options = { env: {}, dataDir, load, mayMove: true };
    const keychain = await openKeychain(options);
    const reopen = () => openKeychain(options);
    return createSecrets({ env: {}, keychain, reopen, dataDir });
  }

  const move = (from: string, to: string) => renameSync(at(from), at(to));
  const rest = () => Object.fromEntries([...items].filter(([account]) => account !== 'probe'));
  return { at, items, start, move, rest, state };
}

const read = async (secrets: Awaited<ReturnType<ReturnType<typeof setUp>['start']>>) =>
  Object.fromEntries(
    await Promise.all(
      Object.keys(KEPT).map(async (name) => [name, await secrets.get(name as SecretName)] as const),
    ),
  );

describe('what the keychain keeps for a folder', () => {
  test('of version 0.1 is found, and follows when the folder is moved; nothing of it stays behind', async () => {
    const { at, start, move, rest } = setUp();
    expect(await read(await start('p'))).toEqual(KEPT);
    expect(rest()).toEqual(accountsOf(at('p')));
    move('p', 'q');
    expect(isMoved(at('q'))).toBe(true);
    expect(await read(await start('q'))).toEqual(KEPT);
    expect([rest(), isMoved(at('q'))]).toEqual([accountsOf(at('q')), false]);
  });

  test('follows whatever a kill cuts short, and wherever the folder is moved meanwhile', async () => {
    const changes = 2 * Object.keys(KEPT).length;
    const died = fc.record({ at: fc.integer({ min: 1, max: changes }), isMade: fc.boolean() });
    const way = fc.array(fc.record({ to: fc.constantFrom('p', 'q', 'r'), died: fc.option(died) }), {
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(way, fc.constantFrom('p', 'q', 'r'), async (moves, last) => {
        const { at, start, move, rest } = setUp();
        await start('p');
        let here = 'p';
        for (const { to, died } of [...moves, { to: last, died: null }]) {
          if (to !== here) move(here, to);
          here = to;
          await start(here, died ?? undefined);
        }
        expect(await read(await start(here))).toEqual(KEPT);
        expect(rest()).toEqual(accountsOf(at(here)));
      }),
      { numRuns: 50 },
    );
  });

  test('is read from where it is by a command before the next start, and moved by none', async () => {
    const { at, items, start, move, rest } = setUp();
    await start('p');
    move('p', 'q');
    const load = async () => ({
      getPassword: async (_: string, account: string) => items.get(account) ?? null,
      setPassword: () => expect.fail('changed'),
      deletePassword: () => expect.fail('changed'),
    });
    const { keychain } = await openKeychain({ env: {}, dataDir: at('q'), load });
    expect(await keychain?.get('audit-key')).toBe('k');
    expect(rest()).toEqual(accountsOf(at('p')));
  });

  test('F21 stays where it is while the keychain is locked, and follows once it is open', async () => {
    const { at, start, move, rest, state } = setUp();
    await start('p');
    move('p', 'q');
    state.isLocked = true;
    const secrets = await start('q');
    await expect(secrets.get('audit-key')).rejects.toThrow('locked');
    state.isLocked = false;
    expect([rest(), isMoved(at('q'))]).toEqual([accountsOf(at('p')), true]);
    // The first look tells what came of the question at the start.
    await secrets.lookAgain();
    await secrets.lookAgain();
    expect(await read(secrets)).toEqual(KEPT);
    expect(rest()).toEqual(accountsOf(at('q')));
  });

  test('is not taken from its place for a keychain that does not keep what it is given', async () => {
    const { at, start, move, rest, state } = setUp();
    await start('p');
    move('p', 'q');
    state.forgets = true;
    await expect((await start('q')).get('audit-key')).rejects.toThrow('does not keep what it is given');
    expect(rest()).toEqual(accountsOf(at('p')));
    state.forgets = false;
    expect(await read(await start('q'))).toEqual(KEPT);
  });

  test('is out of reach of a copy while the original is there; of two, the one that is left has it', async () => {
    const { at, start, rest } = setUp();
    await start('p');
    cpSync(at('p'), at('q'), { recursive: true });
    expect(folderPlace(at('q'))).toEqual({ here: at('q'), keptFor: at('q'), copyOf: at('p') });
    expect(rest()).toEqual(accountsOf(at('p')));
    rmSync(at('p'), { recursive: true });
    expect(await read(await start('q'))).toEqual(KEPT);
    expect(rest()).toEqual(accountsOf(at('q')));
  });

  test('is not what a new folder finds that is made where this one was', async () => {
    const { at, start, move } = setUp();
    await start('p');
    move('p', 'q');
    await start('q');
    mkdirSync(at('p'), { mode: 0o700 });
    expect(Object.values(await read(await start('p')))).toEqual(Object.keys(KEPT).map(() => undefined));
    expect(await read(await start('q'))).toEqual(KEPT);
  });

  test('that was left behind by a kill is not taken from a new folder that is there by then', async () => {
    const { at, items, start, move, rest } = setUp();
    await start('p');
    move('p', 'q');
    await start('q', { at: Object.keys(KEPT).length + 1, isMade: false });
    expect(rest()).toEqual({ ...accountsOf(at('p')), ...accountsOf(at('q')) });
    mkdirSync(join(at('p'), 'audit'), { recursive: true, mode: 0o700 });
    const others = accountsOf(at('p'), { 'audit-key': 'another' });
    for (const [account, value] of Object.entries(others)) items.set(account, value);
    expect(await read(await start('q'))).toEqual(KEPT);
    expect(rest()).toMatchObject(others);
  });

  test('is its own in both places where it is mounted', (context) => {
    if (NO_TMPFS !== undefined) context.skip(NO_TMPFS);
    const { at } = setUp();
    notePlace(at('p'));
    mkdirSync(at('mounted'));
    expect(spawnSync('mount', ['--bind', at('p'), at('mounted')]).status).toBe(0);
    onTestFinished(() => void spawnSync('umount', ['-l', at('mounted')]));
    expect(folderPlace(at('mounted'))).toEqual({ here: at('mounted'), keptFor: at('p') });
  });

  test('is its own where a link leads to it', async () => {
    const { at, start } = setUp();
    await start('p');
    symlinkSync(at('p'), at('link'));
    expect(folderPlace(at('link'))).toEqual({ here: at('p'), keptFor: at('p') });
  });
});

describe('on a real gnome-keyring', () => {
  beforeEach(needsKeyring);

  test('secrets follow a folder that is moved, and leave its place', async () => {
    const home = tempDir();
    const run = (folder: string, ...steps: string[][]) =>
      runWithKeyring({ home, keyring: 'unlocked', dataDir: join(home, folder), steps });
    mkdirSync(join(home, 'p'), { mode: 0o700 });
    notePlace(join(home, 'p'));
    await run('p', ['set', 'audit-key', 'first'], ['set', 'destination:genesys:signing-secret', 'second']);
    renameSync(join(home, 'p'), join(home, 'q'));
    const { results } = await run('q', ['get', 'audit-key'], ['get', 'destination:genesys:signing-secret']);
    expect(results).toEqual([{ value: 'first' }, { value: 'second' }]);
    expect((await run('p', ['get', 'audit-key'])).results).toEqual([{}]);
    expect(JSON.parse(readFileSync(join(home, 'q', 'folder.json'), 'utf8'))).toEqual({
      version: 1,
      path: realpathSync(join(home, 'q')),
    });
  });
});
