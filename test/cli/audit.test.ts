import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { auditColumns } from '../../shared/audit.ts';
import { plural } from '../../shared/plural.ts';
import { WEBHOOK_SECRET } from '../support/environment.ts';
import { startReceiver } from '../support/receiver.ts';
import { reply, startStubDestination } from '../support/stub-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startTestApp, USER } from '../support/test-app.ts';
import { poptray } from './run.ts';

/** A log of a pop, a failed one and a refused trigger, made in this process and closed. */
async function setUp() {
  const destination = await startStubDestination();
  const app = await startTestApp({ destination: destination.url });
  await app.post({ userId: USER, idempotencyKey: '=HYPERLINK("http://evil.test")' });
  await app.post({ userId: '-1', idempotencyKey: '@SUM(1,2)' });
  await app.post({ userId: 'a/b' });
  await app.stop();
  const { dataDir } = app;
  const folder = join(dataDir, 'audit');
  const segment = join(folder, readdirSync(folder).find((name) => name.endsWith('.ndjson')) as string);
  return { dataDir, segment, audit: (...args: string[]) => poptray(['audit', ...args], { dataDir }) };
}

describe('poptray audit list', () => {
  test('shows the latest pops and refusals, the latest last', async () => {
    const { audit } = await setUp();
    const { code, stdout } = await audit('list');
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(head).toMatch(
      /^TIME +TYPE +OUTCOME +LATENCY +FOCUS +TRIES +CLIENT +USER +APPLICATION +DESTINATION +POP$/,
    );
    expect(rows).toHaveLength(4);
    expect(rows[0]).toMatch(
      new RegExp(
        `result +delivered +[\\d.]+ ms +yes +1 +environment +${USER} +com.example.customapp +genesys +\\S+-7`,
      ),
    );
    expect(rows[2]).toMatch(/refused +refused invalid_trigger +[\d.]+ ms +0 +environment$/);
    expect(rows[3]).toBe('    /userId must be 1 to 64 letters, digits or hyphens');
  });

  test('takes fewer, one agent’s, all kinds, or JSON', async () => {
    const { audit } = await setUp();
    const lines = async (...args: string[]) =>
      (await audit('list', '--json', ...args)).stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    expect(await lines('--limit', '1')).toMatchObject([{ type: 'refused' }]);
    expect(await lines('--user', USER)).toMatchObject([{ type: 'result', userId: USER }]);
    expect((await lines('--all')).map(({ type }) => type)).toEqual([
      'opened',
      'intent',
      'result',
      'intent',
      'result',
      'refused',
    ]);
  });

  test.each(['0', '-1', 'x', '1.5', ''])('--limit %j is a wrong call', async (limit) => {
    const { code, stderr } = await poptray(['audit', 'list', `--limit=${limit}`], { dataDir: tempDir() });
    expect([code, stderr]).toEqual([64, expect.stringContaining('whole number from 1')]);
  });

  test('speaks of the focus of pops alone, and says unknown where nobody reported it', async () => {
    const destination = await startStubDestination();
    const receiver = await startReceiver();
    destination.onPop(reply(204));
    const env = { PRODUCTIVITY_WEBHOOK_URL: receiver.url, PRODUCTIVITY_WEBHOOK_SECRET: WEBHOOK_SECRET };
    const app = await startTestApp({ destination: destination.url, env });
    await app.post({ userId: USER });
    await receiver.got(1);
    await app.stop();
    const { stdout } = await poptray(['audit', 'list', '--all'], { dataDir: app.dataDir });
    expect(stdout).toMatch(/ result +delivered +[\d.]+ ms +unknown +1 /);
    expect(stdout).toMatch(/ webhook +delivered +1 /);
  });

  test('says so when there is nothing, and how to change that', async () => {
    const { code, stdout, stderr } = await poptray(['audit', 'list'], { dataDir: tempDir() });
    expect([code, stdout, stderr]).toEqual([0, '', expect.stringContaining('poptray trigger')]);
  });
});

describe('poptray audit export', () => {
  test('writes the whole log as JSON Lines', async () => {
    const { audit } = await setUp();
    const { code, stdout } = await audit('export');
    const entries = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect([code, entries.map(({ seq }) => seq)]).toEqual([0, [1, 2, 3, 4, 5, 6]]);
    for (const entry of entries) expect(Object.keys(entry).sort()).toEqual([...auditColumns].sort());
  });

  test('writes it as CSV, in which no text is a formula', async () => {
    const { audit } = await setUp();
    const { code, stdout } = await audit('export', '--format', 'csv');
    const rows = stdout.split('\r\n');
    expect([code, rows.length]).toEqual([0, 8]);
    expect(rows[0]).toBe(auditColumns.join(','));
    expect(rows[2]).toContain(`,"'=HYPERLINK(""http://evil.test"")",`);
    expect(rows[4]).toContain(`,'-1,"'@SUM(1,2)",`);
    expect(stdout).not.toMatch(/(^|,)"?[=+@-]\D/m);
  });

  test('writes it as OCSF events', async () => {
    const { audit } = await setUp();
    const { code, stdout } = await audit('export', '--format', 'ocsf');
    const events = stdout.trimEnd().split('\n');
    const sequence = events.map((line) => JSON.parse(line).metadata.sequence);
    expect([code, sequence]).toEqual([0, [1, 2, 3, 4, 5, 6]]);
    expect(JSON.parse(events[2] as string)).toMatchObject({
      class_uid: 6003,
      status_id: 1,
      status: 'Success',
      status_detail: 'delivered',
    });
  });

  test('knows no other format', async () => {
    const { code, stderr } = await poptray(['audit', 'export', '--format', 'xml'], { dataDir: tempDir() });
    expect([code, stderr]).toEqual([64, expect.stringContaining('jsonl, csv, ocsf')]);
  });
});

describe('poptray audit export of a log that is not whole', () => {
  test.each<[string, (lines: string[]) => string[]]>([
    ['a damaged entry', (lines) => lines.with(2, 'damaged')],
    ['a missing entry', (lines) => lines.toSpliced(2, 1)],
    ['a missing beginning', (lines) => lines.slice(2)],
  ])('writes what is there, says that there is %s, and exits 1', async (_what, change) => {
    const { audit, segment } = await setUp();
    const lines = readFileSync(segment, 'utf8').split('\n').slice(0, -1);
    const changed = change(lines);
    writeFileSync(segment, `${changed.join('\n')}\n`);
    const { code, stdout, stderr } = await audit('export');
    expect(stdout.trimEnd().split('\n')).toHaveLength(changed.filter((line) => line !== 'damaged').length);
    expect([code, stderr]).toEqual([1, expect.stringContaining('missing or damaged')]);
  });
});

describe('poptray audit verify', () => {
  test('exits 0 for a whole log', async () => {
    const { audit } = await setUp();
    const { code, stdout } = await audit('verify');
    expect([code, stdout]).toEqual([
      0,
      'whole: 6 entries in 1 segment\n6 checked by their MAC, 6 under a checkpoint of 6 entries\n',
    ]);
    const json = await audit('verify', '--json');
    expect(JSON.parse(json.stdout)).toEqual({
      verdict: 'whole',
      entries: 6,
      segments: 1,
      macs: 6,
      vouched: 6,
      removed: 0,
    });
  });

  test.each<[string, number, (lines: string[]) => string[]]>([
    [
      'one changed byte',
      3,
      (lines) => lines.map((line, at) => (at === 2 ? line.replace('delivered', 'Delivered') : line)),
    ],
    ['a missing line', 4, (lines) => lines.toSpliced(3, 1)],
    ['two swapped lines', 2, ([a, b, c, ...rest]) => [a, c, b, ...rest] as string[]],
    ['a missing end', 5, (lines) => lines.slice(0, 4)],
  ])('exits 1 for %s and names entry %i', async (_what, seq, change) => {
    const { audit, segment } = await setUp();
    const lines = readFileSync(segment, 'utf8').split('\n').slice(0, -1);
    writeFileSync(segment, `${change(lines).join('\n')}\n`);
    const { code, stdout } = await audit('verify');
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(new RegExp(`^tampered: entry ${seq} \\(.*, line \\d+\\): .+\n`)),
    ]);
    expect(stdout).toContain(`before it ${plural(seq - 1, 'entry is', 'entries are')} whole`);
    const json = await audit('verify', '--json');
    expect([json.code, JSON.parse(json.stdout)]).toEqual([
      1,
      expect.objectContaining({ verdict: 'tampered' }),
    ]);
  });

  test('exits 2 for a line that was never finished', async () => {
    const { audit, segment } = await setUp();
    writeFileSync(segment, '{"entry":{"half', { flag: 'a' });
    const { code, stdout } = await audit('verify');
    expect([code, stdout]).toEqual([2, expect.stringMatching(/^torn: entry 7 .*never finished/)]);
  });

  test('F22 exits 3 when the key is not there, or nothing is', async () => {
    const { audit, dataDir } = await setUp();
    rmSync(join(dataDir, 'secrets.json'));
    expect(await audit('verify')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('key of this log'),
    });
    const none = await poptray(['audit', 'verify'], { dataDir: tempDir() });
    expect(none).toMatchObject({ code: 3, stderr: expect.stringContaining('no audit log') });
  });

  test('with the root that was exported, checks a copy that has no key', async () => {
    const { audit, dataDir } = await setUp();
    const root = join(tempDir(), 'root');
    expect((await audit('root', root)).code).toBe(0);
    expect(statSync(root).mode & 0o777).toBe(0o600);
    const publicKey = join(tempDir(), 'public-key');
    writeFileSync(publicKey, (await audit('public-key')).stdout);
    const live = await audit('verify', '--json');
    expect(JSON.parse(live.stdout)).toMatchObject({ verdict: 'whole', macs: 6 });

    rmSync(join(dataDir, 'secrets.json'));
    const whole = await audit('verify', '--json', '--root', root);
    expect([whole.code, JSON.parse(whole.stdout)]).toEqual([
      0,
      expect.objectContaining({ macs: 6, vouched: 6 }),
    ]);
    const signed = await audit('verify', '--json', '--public-key', publicKey);
    expect([signed.code, JSON.parse(signed.stdout)]).toEqual([
      0,
      expect.objectContaining({ macs: 0, vouched: 6 }),
    ]);
    expect((await audit('verify')).code).toBe(3);
    expect((await audit('verify', '--root', publicKey)).code).toBe(64);
    expect((await audit('verify', '--root', root, '--public-key', publicKey)).code).toBe(64);
  });

  test('with a key that belongs to another log, says nothing of this one', async () => {
    const [ours, theirs] = [await setUp(), await setUp()];
    const files = await Promise.all(
      [ours, theirs].map(async ({ audit }) => {
        const file = join(tempDir(), 'public-key');
        writeFileSync(file, (await audit('public-key')).stdout);
        return file;
      }),
    );
    expect((await ours.audit('verify', '--public-key', files[0] as string)).code).toBe(0);
    expect((await ours.audit('verify', '--public-key', files[1] as string)).code).toBe(3);
  });

  test('exits 78 for a folder that is not there, and does not make it', async () => {
    const dataDir = join(tempDir(), 'typo');
    for (const args of [['verify'], ['list'], ['export']]) {
      const { code, stderr } = await poptray(['audit', ...args, '--data-dir', dataDir]);
      expect([code, stderr]).toEqual([78, expect.stringContaining(dataDir)]);
    }
    expect(readdirSync(join(dataDir, '..'))).toEqual([]);
  });
});

describe('poptray audit root', () => {
  test('exports the root once, and never over another file', async () => {
    const { audit, dataDir } = await setUp();
    const taken = join(dataDir, 'settings.json');
    writeFileSync(taken, '{}');
    expect(await audit('root', taken)).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('already there'),
    });
    const file = join(dataDir, 'root');
    expect((await audit('root', file)).stdout).toBe('');
    expect(readFileSync(file, 'utf8')).toMatch(/^root \S{44}\npoptray\/[0-9a-f]{16}\+[0-9a-f]{8}\+\S+\n$/);
    expect(readFileSync(join(dataDir, 'secrets.json'), 'utf8')).not.toContain(
      readFileSync(file, 'utf8').slice(5, 49),
    );
    expect(await audit('root', join(dataDir, 'again'))).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('once'),
    });
    const none = await poptray(['audit', 'root', 'x'], { dataDir: tempDir() });
    expect([none.code, none.stderr]).toEqual([3, expect.stringContaining('no audit log')]);
  });
});
