/** Each file that a start reads, spoiled in each way: the start goes on without it, or ends with words that name it and a way out. */
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Launched, launch } from '../../main/app/launch.ts';
import { auditDir } from '../../main/audit/format/segments.ts';
import { readEntries } from '../../main/audit/read/entries.ts';
import { EXIT } from '../../main/cli/exit-codes.ts';
import { explain } from '../../main/cli/terminal.ts';
import { poptray } from '../cli/run.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, USER } from '../support/test-app.ts';

const ENV = { POPTRAY_KEYCHAIN: 'off', POPTRAY_PORT: '0', POPTRAY_TOKEN: TOKEN };

/** How a file may be found: by a crash, a full disk, a cleaner, a hand. */
const damages: Readonly<Record<string, (path: string) => void>> = {
  empty: (path) => truncateSync(path),
  'cut in half': (path) => truncateSync(path, Math.floor(statSync(path).size / 2)),
  'no JSON': (path) => writeFileSync(path, '}{ no JSON'),
  'JSON of another form': (path) => writeFileSync(path, '[1,{"x":2}]\n'),
  'no text': (path) => writeFileSync(path, Buffer.from([0xff, 0xfe, 0x80])),
  'a folder': (path) => {
    rmSync(path);
    mkdirSync(path);
  },
};
type Damage = keyof typeof damages;

/** What becomes of it: `goes on` and shows pops; `refuses` pops with 503 in words; or `ends` the start in words. */
type End = 'goes on' | 'ends' | 'refuses';
interface Row {
  /** For each damage, if it is not that of all. */
  readonly ends: End | Readonly<Record<Damage, End>>;
  /** What the words of an end have, beside the file's name. */
  readonly words?: RegExp;
}

const files: Readonly<Record<string, Row>> = {
  'audit-checkpoint': { ends: 'goes on' },
  'audit-reset.json': { ends: 'ends', words: /"poptray reset" puts it aside/ },
  'audit-standing.json': { ends: 'goes on' },
  'audit/audit-000000000001.leaves': { ends: 'goes on' },
  // A line that is none of ours may be what somebody has written over the last one: nothing is put behind it.
  'audit/audit-000000000001.ndjson': {
    ends: { 'JSON of another form': 'refuses', _: 'goes on' },
    words: /run \\"poptray audit verify\\"/,
  },
  'audit/writer.lock': {
    ends: { empty: 'goes on', 'cut in half': 'goes on', _: 'ends' },
    words: /move it away/,
  },
  'changes/0123.json': { ends: 'goes on' },
  'endpoint.json': { ends: { 'a folder': 'ends', _: 'goes on' }, words: /move it away/ },
  'folder.json': { ends: 'ends', words: /delete it|move it away|restore it from a backup/ },
  'keychain.json': { ends: 'ends', words: /restore it from a backup|move it away/ },
  'logs/poptray.log': { ends: 'goes on' },
  'poptray.db': { ends: { 'a folder': 'ends', _: 'goes on' }, words: /check what it is/ },
  'secrets.json': { ends: 'ends', words: /restore it from a backup|move it away/ },
  'settings.good.json': { ends: 'goes on' },
  // Its last good copy counts.
  'settings.json': { ends: 'goes on' },
  'shipping.json': { ends: 'goes on' },
  'tokens.json': { ends: 'ends', words: /restore it from a backup|move it away|delete it/ },
};

const endOf = ({ ends }: Row, damage: Damage): End =>
  typeof ends === 'string' ? ends : (ends[damage] ?? ends._ ?? 'goes on');

let made = '';

const PLAN = {
  phase: 'sealing',
  sealed: 'audit-2026-11-30-0123456789abcdef',
  client: 'poptray-command',
  by: null,
  said: 'whole\nno checkpoint',
};

beforeAll(async () => {
  // Each start in this process listens on them.
  for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0);
  made = join(mkdtempSync(join(tmpdir(), 'poptray-test-')), 'made');
  const put = (name: string, value: unknown) => {
    mkdirSync(dirname(join(made, name)), { recursive: true, mode: 0o700 });
    writeFileSync(join(made, name), `${JSON.stringify(value)}\n`, { mode: 0o600 });
  };
  put('settings.json', { auditKeepDays: 30 });
  const app = await launch({ env: ENV, dataDir: made });
  expect(await pop(app)).toMatchObject({ status: 200 });
  await app.stop();
  put('audit-reset.json', PLAN);
  put('audit-standing.json', {});
  put('changes/0123.json', {});
  put('endpoint.json', { port: 1 });
  put('folder.json', { version: 1, path: '/where/it/was' });
  put('keychain.json', { version: 1, names: [] });
  put('shipping.json', {});
});

afterAll(() => rmSync(dirname(made), { recursive: true, force: true }));

async function pop({ app }: Launched): Promise<{ status: number; said: string }> {
  const response = await fetch(`${app.endpoint.addresses[0]}/trigger-screenpop`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ userId: USER }),
  });
  return { status: response.status, said: await response.text() };
}

/** A copy in which that file is so; a reset is under way only where it is that file. */
function spoiled(name: string, damage: Damage): string {
  const dataDir = join(tempDir(), 'data');
  cpSync(made, dataDir, { recursive: true });
  chmodSync(dataDir, 0o700);
  if (name !== 'audit-reset.json') rmSync(join(dataDir, 'audit-reset.json'));
  damages[damage]?.(join(dataDir, name));
  return dataDir;
}

/** What a start ends with, and what it says. */
async function start(dataDir: string): Promise<{ end: End; code?: number; said: string }> {
  let launched: Launched;
  try {
    launched = await launch({ env: ENV, dataDir });
  } catch (error) {
    const stderr = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
    try {
      const code = explain(error);
      return { end: 'ends', code, said: stderr.mock.calls.join('') };
    } finally {
      stderr.mockRestore();
    }
  }
  const { status, said } = await pop(launched);
  await launched.stop();
  return { end: status === 200 ? 'goes on' : 'refuses', said };
}

describe('of a folder in use', () => {
  test('each file has its row', () => {
    const found = readdirSync(made, { recursive: true, encoding: 'utf8' }).filter((name) =>
      lstatSync(join(made, name)).isFile(),
    );
    expect(found.sort()).toEqual(Object.keys(files).sort());
  });

  test.each(Object.keys(files))('%s may be damaged in any way', { timeout: 120_000 }, async (name) => {
    const row = files[name] as Row;
    for (const damage of Object.keys(damages)) {
      const dataDir = spoiled(name, damage);
      const { end, code, said } = await start(dataDir);
      expect([name, damage, end, code], said).toEqual([
        name,
        damage,
        endOf(row, damage),
        end === 'ends' ? EXIT.config : undefined,
      ]);
      if (end === 'goes on') continue;
      expect(said).toMatch(row.words ?? /^$/);
      // Neither a parser's words nor what stands in the file.
      expect(said).not.toMatch(/JSON at|Unexpected|invalid_type|no JSON|expected/i);
      if (end === 'ends') expect(said).toContain(name);
    }
  });

  test.each(['audit', 'logs', 'changes'])('a file may stand in the place of %s', async (name) => {
    const dataDir = spoiled('changes/0123.json', 'empty');
    rmSync(join(dataDir, name), { recursive: true });
    writeFileSync(join(dataDir, name), 'x', { mode: 0o600 });
    const { end, code, said } = await start(dataDir);
    if (name === 'changes') expect(end).toBe('goes on');
    else
      expect([end, code, said]).toEqual([
        'ends',
        EXIT.config,
        expect.stringContaining(`${join(dataDir, name)} is not a folder`),
      ]);
  });
});

describe('a reset whose file is damaged', () => {
  test.each(Object.keys(damages))(
    '(%s) is put aside by the next reset, and the log is sealed as it is',
    async (damage) => {
      const dataDir = spoiled('audit-reset.json', damage);
      const refused = await poptray(['audit', 'list'], { dataDir });
      expect(refused.stderr).not.toMatch(/Unexpected|invalid_type/);
      const { code, stderr } = await poptray(['reset', '--yes'], { dataDir });
      expect([code, stderr]).toEqual([0, expect.stringContaining('it is put aside')]);
      const names = readdirSync(dataDir);
      expect(names).toContain('audit-reset.json.damaged');
      expect(names).not.toContain('audit-reset.json');
      expect(names.filter((one) => /^audit-\d{4}-/.test(one))).toHaveLength(1);
      const kept = [...readEntries(auditDir(dataDir))];
      expect(kept.filter(({ change }) => change?.subject === 'reset')).toHaveLength(1);
      expect(kept.some(({ detail }) => detail?.startsWith('carried over'))).toBe(true);
      expect(await start(dataDir)).toMatchObject({ end: 'goes on' });
    },
  );

  test('has left nothing to seal where the other one had sealed all: the next start begins a new log', async () => {
    const dataDir = spoiled('audit-reset.json', 'empty');
    rmSync(join(dataDir, 'audit'), { recursive: true });
    rmSync(join(dataDir, 'audit-checkpoint'));
    const path = join(dataDir, 'secrets.json');
    const all = JSON.parse(readFileSync(path, 'utf8'));
    for (const name of Object.keys(all.secrets)) if (name.startsWith('audit-')) delete all.secrets[name];
    writeFileSync(path, JSON.stringify(all), { mode: 0o600 });
    const { code, stdout } = await poptray(['reset', '--yes'], { dataDir });
    expect([code, stdout]).toEqual([0, expect.stringContaining('nothing left to seal')]);
    expect(await start(dataDir)).toMatchObject({ end: 'goes on' });
  });
});

test('the keys of a sealed log that are damaged are told of in words', async () => {
  const dataDir = spoiled('changes/0123.json', 'empty');
  expect((await poptray(['reset', '--yes'], { dataDir })).code).toBe(0);
  const sealed = readdirSync(dataDir).find((one) => /^audit-\d{4}-/.test(one)) as string;
  const path = join(dataDir, 'secrets.json');
  const all = JSON.parse(readFileSync(path, 'utf8'));
  for (const damaged of ['{"audit-key":', '{"audit-key":7}', 'null']) {
    all.secrets[`sealed-log:${sealed}`] = damaged;
    writeFileSync(path, JSON.stringify(all), { mode: 0o600 });
    const { code, stderr } = await poptray(['audit', 'verify', '--sealed', sealed], { dataDir });
    expect([code, stderr]).toEqual([EXIT.config, expect.stringContaining(`sealed-log:${sealed} is damaged`)]);
  }
});
