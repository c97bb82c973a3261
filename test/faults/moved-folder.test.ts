/** A data folder that is moved, or copied: the real program, with its keys in a real gnome-keyring and in a file. */
import { chmodSync, cpSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { poptray } from '../cli/run.ts';
import { run, startHeadless } from '../support/headless.ts';
import { needsKeyring, startKeyringSession } from '../support/keyring.ts';
import { tempDir } from '../support/temp-dir.ts';
import { USER } from '../support/test-app.ts';

interface Place {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
}

async function enter(store: 'the keychain' | 'a file'): Promise<Place> {
  const home = realpathSync(tempDir());
  return { home, env: store === 'a file' ? {} : (await startKeyringSession(home, 'unlocked')).env };
}

function copyFolder(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
  for (const folder of [to, join(to, 'audit')]) chmodSync(folder, 0o700);
}

/** A start, a pop, and a stop in order. */
async function popOnce(dataDir: string, env: Place['env']): Promise<void> {
  const app = await startHeadless({ dataDir, env });
  expect(await (await app.post({ userId: USER })).json()).toMatchObject({ status: 'delivered' });
  app.kill('SIGTERM');
  expect(await app.ended).toBe(0);
}

async function verify(dataDir: string, env: Place['env']) {
  const { stdout } = await poptray(['audit', 'verify', '--json'], { dataDir, env });
  return JSON.parse(stdout);
}

describe.each(['the keychain', 'a file'] as const)('with its keys in %s', (store) => {
  beforeEach((context) => {
    if (store === 'the keychain') needsKeyring(context);
  });

  test('a folder that was moved goes on with its log and its keys', async () => {
    const { home, env } = await enter(store);
    const [old, next] = [join(home, 'poptray'), join(home, 'elsewhere')];
    await popOnce(old, env);
    const { entries } = await verify(old, env);
    renameSync(old, next);
    expect(await verify(next, env)).toMatchObject({ verdict: 'whole', entries });
    await popOnce(next, env);
    const after = await verify(next, env);
    expect(after).toMatchObject({ verdict: 'whole' });
    expect(after.entries).toBeGreaterThan(entries);
    // Where it was, another begins with nothing of it.
    await popOnce(old, env);
    expect(await verify(old, env)).toMatchObject({ verdict: 'whole' });
    expect(await verify(next, env)).toMatchObject({ verdict: 'whole', entries: after.entries });
  });

  test('a copy does not start beside the original, until a reset gives it a log and keys of its own', async () => {
    const { home, env } = await enter(store);
    const [dataDir, copy] = [join(home, 'poptray'), join(home, 'copy')];
    await popOnce(dataDir, env);
    copyFolder(dataDir, copy);
    const refused = run('headless.ts', ['--port', '0'], { dataDir: copy, env });
    expect(await refused.ended).toBe(78);
    expect(refused.output()).toContain(`The data folder ${copy} comes from ${dataDir}`);
    expect(refused.output()).toContain('"poptray reset"');
    const doctor = await poptray(['doctor'], { dataDir: copy, env });
    expect(doctor.stdout).toContain(`FAULT  data folder: The data folder ${copy} comes from ${dataDir}`);

    expect(await poptray(['reset', '--yes'], { dataDir: copy, env })).toMatchObject({ code: 0 });
    await popOnce(copy, env);
    await popOnce(dataDir, env);
    for (const folder of [copy, dataDir])
      expect(await verify(folder, env)).toMatchObject({ verdict: 'whole' });
    const key = async (folder: string) =>
      (await poptray(['audit', 'public-key'], { dataDir: folder, env })).stdout;
    expect(await key(copy)).not.toBe(await key(dataDir));
  });

  test('a copy goes on in the place of the original once that is gone', async () => {
    const { home, env } = await enter(store);
    const [dataDir, copy] = [join(home, 'poptray'), join(home, 'copy')];
    await popOnce(dataDir, env);
    copyFolder(dataDir, copy);
    rmSync(dataDir, { recursive: true });
    await popOnce(copy, env);
    expect(await verify(copy, env)).toMatchObject({ verdict: 'whole' });
  });
});
