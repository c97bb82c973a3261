import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writePrivateFile } from '../../main/platform/private-file.ts';
import { deliveringTo } from '../support/environment.ts';
import { reply, startStubDestination } from '../support/stub-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, USER } from '../support/test-app.ts';
import { poptray, startHeadless } from './run.ts';

/** The environment of a poptray that delivers to a stub. */
async function stubbed() {
  const destination = await startStubDestination();
  const env = deliveringTo(destination.url);
  return { destination, headless: await startHeadless({ env }) };
}

describe('poptray trigger, with poptray running', () => {
  test('fires a pop with all that it was given, and says how it went', async () => {
    const { destination, headless } = await stubbed();
    const fields = ['--data', 'customerName=Ada Lovelace', '--data', 'formula=a=b', '--session-token', 's&1'];
    const { code, stdout, stderr } = await headless.poptray(
      'trigger',
      '--user',
      USER,
      ...fields,
      '--key',
      'call-7',
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^delivered in [\d.]+ ms, window focused\n {2}pop [\da-f-]{36}\n {2}key call-7\n$/,
    );
    expect(JSON.parse(String(destination.pops[0]?.body)).uri).toMatch(
      /#sessionToken=s%261&customerName=Ada%20Lovelace&formula=a%3Db$/,
    );
    const again = await headless.poptray('trigger', '--user', USER, ...fields, '--key', 'call-7');
    expect(again.stdout).toBe(
      `${stdout.trimEnd()}\n  this key was used before: the answer is the first one\n`,
    );
    expect(destination.pops).toHaveLength(1);
  });

  test('--json prints the answer or the refusal as it came, --stdin takes the whole trigger', async () => {
    const { headless } = await stubbed();
    const { dataDir } = headless;
    const input = JSON.stringify({ userId: USER, phase: 'ended' });
    const taken = await poptray(['trigger', '--stdin', '--json'], { dataDir, input });
    expect([taken.code, taken.stderr]).toEqual([0, '']);
    expect(JSON.parse(taken.stdout)).toMatchObject({ status: 'suppressed', reason: 'policy' });
    const plain = await poptray(['trigger', '--stdin'], { dataDir, input });
    expect(plain.stdout).toMatch(/^suppressed by policy\n/);
    for (const wrong of ['', 'nonsense']) {
      const refused = await poptray(['trigger', '--stdin', '--json'], { dataDir, input: wrong });
      expect(refused.code).toBe(1);
      expect(JSON.parse(refused.stdout)).toMatchObject({ status: 400, code: 'invalid_json' });
    }
  });

  test('a refusal exits 1 and says what is wrong, where, and what to do', async () => {
    const { headless } = await stubbed();
    const { code, stdout, stderr } = await headless.poptray('trigger', '--user', 'a/b', '--phase', 'x');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^The trigger does not fit the schema: .* \(invalid_trigger, HTTP 400\)\n/);
    expect(stderr).toContain('  /userId must be 1 to 64 letters, digits or hyphens\n');
    expect(stderr).toContain('  /phase ');
    expect(stderr).toContain('  Correct the fields that are named');
  });

  test('a pop that failed exits 1 and names its key, also one that poptray made, and that key can be sent again', async () => {
    const { destination, headless } = await stubbed();
    destination.onPop(reply(403));
    const failed = await headless.poptray('trigger', '--user', USER);
    expect([failed.code, failed.stdout]).toEqual([1, '']);
    expect(failed.stderr).toMatch(/^The destination forbids this pop: .* \(upstream_forbidden, HTTP 502\)\n/);
    const key = /^ {2}key (\S+)$/m.exec(failed.stderr)?.[1] as string;
    expect((await headless.poptray('trigger', '--user', USER, '--key', key)).code).toBe(0);
    expect(destination.pops.map(({ headers }) => headers['idempotency-key'])).toEqual([key, key]);
  });

  test('works with the token of the environment, where the folder is another one', async () => {
    const env = { POPTRAY_TOKEN: TOKEN };
    const headless = await startHeadless({ env });
    const elsewhere = { env: { ...env, POPTRAY_PORT: String(headless.port) }, dataDir: tempDir() };
    expect((await poptray(['trigger', '--user', USER], elsewhere)).code).toBe(0);
    const named = { env, dataDir: tempDir() };
    expect((await poptray(['trigger', '--user', USER, '--port', `${headless.port}`], named)).code).toBe(0);
  });
});

describe('poptray trigger, wrongly called,', () => {
  test.each([
    [['--user', USER, '--data', 'nonsense'], '--data takes name=value'],
    [['--user', USER, '--data', '=x'], '--data takes name=value'],
    [['--user', USER, '--data', 'a=1', '--data', 'a=2'], '--data has a twice'],
    [['--user', USER, '--port', '99999'], '65535'],
    [['--user', USER, '--port', 'http'], '65535'],
    [['--user', USER, '--port', '-1'], '65535'],
    [['--user', USER, '--stdin'], 'cannot be used with'],
    [['--stdin', '--data', 'a=b'], 'cannot be used with'],
  ])('%j exits 64 and says why', async (args, text) => {
    const { code, stderr } = await poptray(['trigger', ...args], { dataDir: tempDir() });
    expect(code).toBe(64);
    expect(stderr).toContain(text);
  });
});

describe('poptray trigger, without poptray,', () => {
  test('exits 69 and says how to start it; 3 when it never ran', async () => {
    const dataDir = tempDir();
    const never = await poptray(['trigger', '--user', USER], { dataDir });
    expect(never.code).toBe(69);
    expect(never.stderr).toContain('npm start');
    const named = await poptray(['trigger', '--user', USER, '--port', '9'], { dataDir });
    expect(named.code).toBe(3);
    expect(named.stderr).toContain('npm start');
    const refused = await poptray(['trigger', '--user', USER, '--port', '9'], {
      env: { POPTRAY_TOKEN: TOKEN },
    });
    expect([refused.code, refused.stderr]).toEqual([
      69,
      expect.stringContaining('nothing listens on port 9'),
    ]);
  });

  test('after a crash: exits 69, because nobody listens where the note says', async () => {
    const headless = await startHeadless();
    headless.child.kill('SIGKILL');
    await headless.ended;
    const { code, stderr } = await headless.poptray('trigger', '--user', USER);
    expect([code, stderr]).toEqual([69, expect.stringContaining('nothing listens on port')]);
  });

  test('with a note that says nothing: exits 69', async () => {
    const dataDir = tempDir();
    for (const note of ['nonsense', 'null', '{}', '{"port":"8080"}']) {
      writePrivateFile(join(dataDir, 'endpoint.json'), note);
      const { code, stderr } = await poptray(['trigger', '--user', USER], { dataDir });
      expect([note, code, stderr]).toEqual([note, 69, expect.stringContaining('is not running')]);
    }
  });
});

describe('a data folder that will not do', () => {
  test.each<[string, (dir: string) => void, string]>([
    ['is not there', () => {}, 'There is no folder'],
    ['is a file', (dir) => writeFileSync(dir, ''), 'is not a folder'],
    [
      'is open to others',
      (dir) => {
        mkdirSync(dir);
        writeFileSync(join(dir, 'settings.json'), '{}');
        chmodSync(dir, 0o755);
      },
      'chmod 700',
    ],
    [
      'has a note that others can read',
      (dir) => {
        mkdirSync(dir, { mode: 0o700 });
        writeFileSync(join(dir, 'endpoint.json'), '{}', { mode: 0o644 });
      },
      'chmod 600',
    ],
  ])('because it %s: exits 78 and says what to do', async (_what, make, text) => {
    const dataDir = join(tempDir(), 'data');
    make(dataDir);
    const { code, stderr } = await poptray(['trigger', '--user', USER], { dataDir });
    expect([code, stderr]).toEqual([78, expect.stringContaining(text)]);
  });
});
