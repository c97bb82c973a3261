/** `poptray reset` as a person meets it: at a terminal, and with keys in a keychain. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { auditDir, listSegments } from '../../main/audit/format/segments.ts';
import { startWriter } from '../audit/start-writer.ts';
import { childEnvironment } from '../support/headless.ts';
import { needsKeyring, startKeyringSession } from '../support/keyring.ts';
import { hasPrograms, needs } from '../support/needs.ts';
import { tempDir } from '../support/temp-dir.ts';
import { poptray, startHeadless } from './run.ts';

const needsTerminal = needs(
  'script of util-linux, which makes a terminal',
  process.platform === 'linux' && hasPrograms('script'),
);

async function writeLog(dataDir: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const writer = startWriter({ dataDir, entriesADay: 3, atOnce: 1, entries: 3 }, env);
  writer.stdout.resume();
  expect(await once(writer, 'exit')).toEqual([0, null]);
}

/** Runs the reset at a terminal of its own, and types that when it asks. */
async function resetAtTerminal(dataDir: string, typed: string) {
  const command = `'${process.execPath}' '${join(import.meta.dirname, '../../main/cli.ts')}' reset`;
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: { ...childEnvironment({ dataDir }), SHELL: '/bin/sh', TERM: 'dumb' },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const wasAsked = screen.includes('[y/N] ');
    screen += text;
    if (!wasAsked && screen.includes('[y/N] ')) child.stdin.write(typed);
  });
  const [code] = await once(child, 'close');
  return { code, screen };
}

const sealedIn = (dataDir: string) => readdirSync(dataDir).filter((name) => /^audit-\d{4}-/.test(name));

describe('at a terminal', () => {
  beforeEach(needsTerminal);

  test.each([
    ['y', 'y\r'],
    ['YES', 'YES\r'],
  ])('it tells the verdict, asks, and goes on with %s', async (_, typed) => {
    const dataDir = join(tempDir(), 'data');
    await writeLog(dataDir);
    const { code, screen } = await resetAtTerminal(dataDir, typed);
    expect([code, screen]).toEqual([
      0,
      expect.stringMatching(/The audit log is whole: 4 entries\..*A new audit log/s),
    ]);
    expect(sealedIn(dataDir)).toHaveLength(1);
  });

  test.each([
    ['Enter', '\r'],
    ['n', 'n\r'],
    ['yess', 'yess\r'],
    ['Ctrl+C', '\u0003'],
    ['Ctrl+D', '\u0004'],
  ])('it changes nothing where the answer is %s', async (_, typed) => {
    const dataDir = join(tempDir(), 'data');
    await writeLog(dataDir);
    const dir = auditDir(dataDir);
    const [segment] = listSegments(dir);
    const before = readFileSync(join(dir, `${segment}`));
    const { code, screen } = await resetAtTerminal(dataDir, typed);
    expect([code, screen]).toEqual([1, expect.stringContaining('Nothing was changed.')]);
    expect(screen).not.toMatch(/failed|Abort/);
    expect([sealedIn(dataDir), existsSync(join(dataDir, 'audit-reset.json'))]).toEqual([[], false]);
    expect(readFileSync(join(dir, `${segment}`))).toEqual(before);
  });
});

describe('with the keys in a real gnome-keyring', () => {
  beforeEach(needsKeyring);

  test('all of them go to the sealed log there, and none comes into a file', async () => {
    const home = tempDir();
    const dataDir = join(home, 'poptray');
    const { env } = await startKeyringSession(home, 'unlocked');
    await writeLog(dataDir, env);
    const dir = auditDir(dataDir);
    const path = join(dir, `${listSegments(dir)[0]}`);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"detail":"day 0"', '"detail":"day 9"'));
    const reset = await poptray(['reset', '--yes'], { dataDir, env });
    expect([reset.code, reset.stderr]).toEqual([0, expect.stringContaining('tampered')]);
    expect(existsSync(join(dataDir, 'secrets.json'))).toBe(false);
    const [sealed] = sealedIn(dataDir) as [string];
    const verdict = async (...args: string[]) => {
      const { stdout } = await poptray(['audit', 'verify', '--json', ...args], { dataDir, env });
      return JSON.parse(stdout);
    };
    expect(await verdict()).toMatchObject({ verdict: 'whole' });
    // Its keys tell which entry it was: without them that would be "no-key".
    expect(await verdict('--sealed', sealed)).toMatchObject({ verdict: 'tampered', fault: { seq: 2 } });
    const app = await startHeadless({ dataDir, env });
    app.child.kill('SIGTERM');
    expect((await app.ended).code).toBe(0);
    expect(await verdict()).toMatchObject({ verdict: 'whole' });
  });
});
