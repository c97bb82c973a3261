import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { auditDir } from '../../main/audit/format/segments.ts';
import { readEntries } from '../../main/audit/read/entries.ts';
import { startStubDestination } from '../support/stub-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { poptray, startHeadless } from './run.ts';

const AGENT = '3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b';

const spooledIn = (dataDir: string) => {
  const folder = join(dataDir, 'calls');
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
};
const refusedIn = (dataDir: string) =>
  [...readEntries(auditDir(dataDir))].filter(({ type }) => type === 'refused');
const resultsIn = (dataDir: string) =>
  [...readEntries(auditDir(dataDir))].filter(({ type }) => type === 'result');

/** A poptray whose pops go to a stub, and the call that the last of them was about. */
async function startWithStub() {
  const stub = await startStubDestination();
  const env = {
    GENESYS_BASE_URL: stub.url,
    GENESYS_CLIENT_ID: 'client',
    GENESYS_CLIENT_SECRET: 'secret',
    SIGNING_SECRET: 'signing',
    POPTRAY_AGENT: AGENT,
  };
  const headless = await startHeadless({ env });
  const shown = () =>
    stub.pops.map(({ body }) => {
      const { uri } = JSON.parse(String(body)) as { uri: string };
      return Object.fromEntries(new URLSearchParams(new URL(uri).hash.slice(1)));
    });
  return { ...headless, shown, call: (...args: string[]) => headless.poptray('call', ...args) };
}

describe('poptray call', () => {
  test('shows who calls, answers before the page is there, and stands in the log under the phone’s name', async () => {
    const { call, shown, dataDir } = await startWithStub();
    const args = [
      '--from-phone',
      '3CX',
      '--phase',
      'ringing',
      '--interaction',
      'call-1',
      '--',
      '+49 30 12345678',
    ];
    const { code, stdout, stderr } = await call(...args);
    expect([code, stdout, stderr]).toEqual([0, '', '']);
    await expect.poll(() => resultsIn(dataDir).length).toBe(1);
    expect(shown()).toEqual([
      {
        'call.from': '+493012345678',
        'call.fromRaw': '+49 30 12345678',
        'call.direction': 'inbound',
        'call.remote': '+493012345678',
        'call.national': '030 12345678',
        'call.digits': '493012345678',
      },
    ]);
    expect(resultsIn(dataDir)[0]).toMatchObject({ client: 'call:3CX', userId: AGENT, phase: 'ringing' });

    // The same call goes on: held back, which is no failure of the phone's.
    const answered = ['--phase', 'answered', '--interaction', 'call-1', '--', '+49 30 12345678'];
    expect((await call(...answered)).code).toBe(0);
    const outbound = await call('--direction', 'outbound', '--', 'sip:ada@example.com');
    expect(outbound.code).toBe(0);
    await expect.poll(() => shown().length).toBe(2);
    expect(shown()[1]).toMatchObject({
      'call.to': 'sip:ada@example.com',
      'call.remote': 'sip:ada@example.com',
    });
  });

  test('nothing that a caller sends becomes an option, a command, or more than the caller', async () => {
    const { call, shown } = await startWithStub();
    const words = fc.constantFrom(
      '--',
      '--phase',
      'ended',
      '--help',
      '--version',
      '-V',
      '--data-dir=/tmp',
      '&',
      'x',
    );
    const anyWords = fc.array(fc.oneof(words, fc.string({ unit: 'grapheme' })), {
      minLength: 1,
      maxLength: 5,
    });
    const noNul = anyWords.map((all) => all.map((word) => word.replaceAll('\0', '')));
    const fixed = [
      ['--phase', 'ended'],
      ['--', '--help'],
      ['"; rm -rf ~ #', '$(id)', '`id`', '%PATH%&calc', '"&calc&"'],
      ['+1&data.caseId=C-666#x', '{"userId":"x"}'],
      [''],
    ];
    for (const caller of [...fixed, ...fc.sample(noNul, { numRuns: 10, seed: 18 })]) {
      const before = shown().length;
      const { code, stderr } = await call('--', ...caller);
      expect([caller, code, stderr]).toEqual([caller, 0, '']);
      await expect.poll(() => shown().length).toBe(before + 1);
      const { 'call.fromRaw': raw, ...rest } = shown().at(-1) ?? {};
      expect(raw).toBe(caller.join(' '));
      expect(Object.keys(rest).every((name) => name.startsWith('call.'))).toBe(true);
    }
  });

  test('a placeholder that the phone has not filled in exits 64, and the log names the member', async () => {
    const { call, dataDir } = await startWithStub();
    const { code, stderr } = await call('--from-phone', '3CX', '--', '%CallerNumber%');
    expect([code, stderr]).toEqual([64, expect.stringContaining('%CallerNumber%')]);
    expect(refusedIn(dataDir)).toMatchObject([
      { client: 'call:3CX', code: 'invalid_trigger', errors: [{ pointer: '/call/from' }] },
    ]);
  });

  test('what the endpoint refuses exits 1, and nothing is spooled', async () => {
    const { call, dataDir } = await startWithStub();
    const { code, stderr } = await call('--application', 'nope', '--', '030');
    expect([code, stderr]).toEqual([1, expect.stringContaining('target_not_allowed')]);
    expect(spooledIn(dataDir)).toEqual([]);
  });

  test.each([
    [['+49301234'], 'commander.excessArguments'],
    [[], 'no -- before the caller'],
    [['--phone', 'x', '--', '+49301234'], 'commander.unknownOption'],
    [['--from-phone', 'a/b', '--', '+49301234'], 'commander.invalidArgument'],
    [['--direction', 'sideways', '--', '+49301234'], 'commander.invalidArgument'],
  ])(
    '%j, called where nobody looks, leaves an entry without what it was called with',
    async (args, fault) => {
      const dataDir = tempDir();
      const { code } = await poptray(['call', ...args], { dataDir });
      expect(code).toBe(64);
      const texts = spooledIn(dataDir).map((file) => readFileSync(file, 'utf8'));
      expect(texts).toEqual([expect.stringContaining(fault)]);
      expect(texts.join()).not.toMatch(/49301234|a\/b|sideways/);
      await startHeadless({ dataDir });
      await expect
        .poll(() => refusedIn(dataDir))
        .toMatchObject([{ client: 'call', code: 'invalid_trigger' }]);
      await expect.poll(() => spooledIn(dataDir)).toEqual([]);
    },
  );
});

describe('a call that nobody was there to take', () => {
  test('waits in a file for its owner alone, and pops once when poptray has started', async () => {
    const dataDir = tempDir();
    const env = { POPTRAY_AGENT: AGENT };
    const { code } = await poptray(['call', '--from-phone', '3CX', '--', '+49 30 12345678'], { dataDir });
    expect(code).toBe(0);
    expect(spooledIn(dataDir).map((file) => statSync(file).mode & 0o777)).toEqual([0o600]);
    expect(statSync(join(dataDir, 'calls')).mode & 0o777).toBe(0o700);
    await startHeadless({ dataDir, env });
    await expect.poll(() => spooledIn(dataDir), { timeout: 10_000 }).toEqual([]);
    expect(resultsIn(dataDir)).toMatchObject([{ client: 'call:3CX', userId: AGENT, status: 'delivered' }]);
  });

  test('is not shown once its time is over, which the log tells', async () => {
    const dataDir = tempDir();
    await poptray(['call', '--', '+49 30 12345678'], { dataDir });
    for (const file of spooledIn(dataDir)) {
      const spooled = JSON.parse(readFileSync(file, 'utf8'));
      spooled.trigger.expiresAt = new Date(Date.now() - 1000).toISOString();
      writeFileSync(file, JSON.stringify(spooled));
    }
    await startHeadless({ dataDir, env: { POPTRAY_AGENT: AGENT } });
    await expect.poll(() => spooledIn(dataDir), { timeout: 10_000 }).toEqual([]);
    expect(resultsIn(dataDir)).toMatchObject([{ client: 'call', status: 'expired' }]);
  });

  test('is one of at most a hundred: a phone that is set wrongly does not fill the disk', async () => {
    const dataDir = tempDir();
    await poptray(['call', '--', '+49 30 12345678'], { dataDir });
    const [first = ''] = spooledIn(dataDir);
    for (let count = 1; count < 100; count += 1) {
      const name = `${String(count).padStart(8, '0')}-28c4-7750-8aba-f15a7b5d1f24.json`;
      writeFileSync(join(dataDir, 'calls', name), readFileSync(first), { mode: 0o600 });
    }
    const { code, stderr } = await poptray(['call', '--', '+49 30 12345678'], { dataDir });
    expect([code, stderr]).toEqual([69, expect.stringContaining('too many')]);
    expect(spooledIn(dataDir)).toHaveLength(100);
  });

  test('is lost with words and 69 where it cannot be kept', async () => {
    const dataDir = tempDir();
    writeFileSync(join(dataDir, 'calls'), 'no folder');
    const { code, stderr } = await poptray(['call', '--', '+49 30 12345678'], { dataDir });
    expect([code, stderr]).toEqual([69, expect.stringContaining('could not be spooled')]);
  });
});
