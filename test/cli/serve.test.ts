import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { machineId } from '../../main/platform/machine.ts';
import { deliveringTo } from '../support/environment.ts';
import { filesIn } from '../support/marks.ts';
import { reply, startStubDestination } from '../support/stub-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { USER } from '../support/test-app.ts';
import { poptray, start, startHeadless } from './run.ts';

/** A poptray in the middle of a pop, and the answer that the destination still owes. */
async function inTheMiddleOfAPop() {
  const destination = await startStubDestination();
  const arrived = Promise.withResolvers<() => void>();
  destination.onPop((received, response) =>
    arrived.resolve(() => reply(200, { windowFocused: true })(received, response)),
  );
  const env = deliveringTo(destination.url);
  const headless = await startHeadless({ env });
  const caller = headless.poptray('trigger', '--user', USER, '--key', 'call-7');
  const answer = await arrived.promise;
  return { headless, caller, answer };
}

describe('poptray, told to stop,', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'L34 by %s: ends the pop under way, closes the port, exits 0',
    async (signal) => {
      const { headless, caller, answer } = await inTheMiddleOfAPop();
      headless.child.kill(signal);
      await headless.line(new RegExp(`^${signal}: finishing`, 'm'));
      await expect(fetch(`http://127.0.0.1:${headless.port}/healthz`)).rejects.toThrow('fetch failed');
      expect(headless.child.exitCode).toBeNull();
      answer();
      expect(await caller).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^delivered .*\n.*\n {2}key call-7\n$/),
      });
      expect((await headless.ended).code).toBe(0);
      expect(await headless.poptray('audit', 'verify')).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('whole: 3 entries'),
      });
      expect((await headless.poptray('audit', 'list')).stdout).toContain('delivered');
      expect(existsSync(join(headless.dataDir, 'endpoint.json'))).toBe(false);
    },
  );

  test('twice: ends at once, and the log is mended at the next start', async () => {
    const { headless, caller } = await inTheMiddleOfAPop();
    headless.child.kill('SIGTERM');
    await headless.line(/^SIGTERM: finishing/m);
    // Right after the first it would be the same one: a terminal and npm may both pass Ctrl-C on.
    const impatience = setInterval(() => headless.child.kill('SIGINT'), 50);
    expect((await headless.ended).code).toBe(1);
    clearInterval(impatience);
    expect((await caller).code).toBe(69);
    const next = await startHeadless({ dataDir: headless.dataDir });
    expect((await next.poptray('audit', 'list')).stdout).toContain('unknown');
    expect((await next.poptray('audit', 'verify')).code).toBe(0);
  });
});

describe('poptray does not start', () => {
  test('F30 on a port that is taken: exits 69 and says how to choose another', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, stdout, stderr } = await start('headless.ts', [
      '--port',
      `${port}`,
      '--data-dir',
      tempDir(),
    ]).ended;
    expect([code, stdout]).toEqual([69, '']);
    expect(stderr).toContain(`Port ${port} is taken by another program.`);
    expect(stderr).toMatch(/--port N, .* POPTRAY_PORT/);
  });

  test('F29 on a folder that another one uses: exits 69, and the first one goes on', async () => {
    const first = await startHeadless();
    const { code, stderr } = await start('headless.ts', ['--port', '0'], { dataDir: first.dataDir }).ended;
    expect([code, stderr]).toEqual([69, expect.stringMatching(/already running.*--data-dir DIR/)]);
    expect((await first.poptray('trigger', '--user', USER)).code).toBe(0);
  });

  test.each([
    [['--port', 'x'], {}, 64, '65535'],
    [['--port', '99999'], {}, 64, '65535'],
    [['--prot', '1'], {}, 64, '--port'],
    [['now'], {}, 64, 'argument'],
    [[], { POPTRAY_PORT: 'x' }, 78, 'POPTRAY_PORT'],
    [[], { POPTRAY_TOKEN: 'short' }, 78, '32 characters'],
    [[], { GENESYS_BASE_URL: 'http://evil.test' }, 78, 'https'],
  ])('with %j and %j: exits %i', async (args, env, code, text) => {
    const outcome = await start('headless.ts', args, { env, dataDir: join(tempDir(), 'data') }).ended;
    expect([outcome.code, outcome.stdout]).toEqual([code, '']);
    expect(outcome.stderr).toContain(text);
  });

  test.each<[string, (dir: string) => void, string]>([
    [
      'whose settings are no JSON',
      (dir) => writeFileSync(join(dir, 'settings.json'), '{'),
      'settings.json is not a JSON object',
    ],
    [
      'whose settings have an unknown member',
      (dir) => writeFileSync(join(dir, 'settings.json'), '{"prot":1}'),
      'prot',
    ],
    ['whose settings are a folder', (dir) => mkdirSync(join(dir, 'settings.json')), 'settings.json'],
    ['whose log is a file', (dir) => writeFileSync(join(dir, 'audit'), ''), 'audit'],
    [
      'whose secrets are damaged',
      (dir) => writeFileSync(join(dir, 'secrets.json'), '{', { mode: 0o600 }),
      'restore it',
    ],
    [
      'whose secrets others can read',
      (dir) => writeFileSync(join(dir, 'secrets.json'), '{}', { mode: 0o644 }),
      'chmod 600',
    ],
    [
      'whose tokens others can read',
      (dir) => writeFileSync(join(dir, 'tokens.json'), '{}', { mode: 0o644 }),
      'chmod 600',
    ],
    ...['settings.json', 'secrets.json', 'tokens.json'].map(
      (name): [string, (dir: string) => void, string] => [
        `whose ${name} is of a newer poptray`,
        (dir) => writeFileSync(join(dir, name), '{"version":3}', { mode: 0o600 }),
        'of version 3, which a newer poptray has written',
      ],
    ),
    [
      'whose settings others can write through a link',
      (dir) => {
        const kept = join(tempDir(), 'settings.json');
        writeFileSync(kept, '{}');
        chmodSync(kept, 0o666);
        symlinkSync(kept, join(dir, 'settings.json'));
      },
      'can be written by other users',
    ],
    [
      'that others can read',
      (dir) => {
        writeFileSync(join(dir, 'x'), '');
        chmodSync(dir, 0o755);
      },
      'chmod 700',
    ],
  ])('L18 on a folder %s: exits 78 and says what to do', async (_what, make, text) => {
    const dataDir = tempDir();
    make(dataDir);
    const before = filesIn(dataDir);
    const { code, stdout, stderr } = await start('headless.ts', ['--port', '0'], { dataDir }).ended;
    expect([stderr, code, stdout]).toEqual([expect.stringContaining(text), 78, '']);
    expect(filesIn(dataDir)).toEqual(expect.arrayContaining(before));
  });
});

test('poptray says at its start how to fire a pop, and that it is simulated', async () => {
  const headless = await startHeadless();
  headless.child.kill('SIGTERM');
  const { stdout } = await headless.ended;
  expect(stdout).toMatch(/^poptray listens on http:\/\/127\.0\.0\.1:\d+( and http:\/\/\[::1\]:\d+)?\n/);
  expect(stdout).toContain('SIMULATED: no agent sees these pops');
  const folder = `--data-dir ${headless.dataDir}`;
  expect(stdout).toContain(`npm run -s poptray -- trigger ${folder} --user ${USER} --data`);
  expect(stdout).toContain(`npm run -s poptray -- token create ${folder} curl`);
  expect(stdout).toMatch(/curl http:\/\/127\.0\.0\.1:\d+\/trigger-screenpop/);
});

test('poptray says at its start what the destination still lacks', async () => {
  const headless = await startHeadless({
    env: { GENESYS_REGION: 'mypurecloud.com', GENESYS_CLIENT_ID: 'id', SIGNING_SECRET: 'key' },
  });
  headless.child.kill('SIGTERM');
  const { stdout } = await headless.ended;
  expect(stdout).toContain(
    'NOT CONFIGURED: nothing is delivered to genesys (not set: GENESYS_CLIENT_SECRET).',
  );
  expect(stdout).not.toContain('SIMULATED');
});

test('poptray goes on when nobody reads its output any more', async () => {
  const dataDir = tempDir();
  const { child, ended } = start('headless.ts', ['--port', '0'], { dataDir });
  child.stdout?.destroy();
  child.stderr?.destroy();
  const fire = async () => (await poptray(['trigger', '--user', USER], { dataDir })).code;
  await expect.poll(fire, { timeout: 30_000 }).toBe(0);
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
});

test('poptray that is told to stop while it starts stops as soon as it has started', async () => {
  const dataDir = join(tempDir(), 'data');
  const { child, ended, line } = start('headless.ts', ['--port', '0'], { dataDir });
  await line(/Secrets are kept unencrypted/);
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
  expect((await poptray(['audit', 'verify'], { dataDir })).code).toBe(0);
});

test('poptray simulate runs alone until it is told to stop, and says when its port is taken', async () => {
  const running = start('cli.ts', ['simulate', '--port', '0']);
  const url = await running.line(/export GENESYS_BASE_URL=(\S+)/);
  const taken = await poptray(['simulate', '--port', new URL(url).port]);
  expect([taken.code, taken.stderr]).toEqual([69, expect.stringContaining('choose another with --port')]);
  running.child.kill('SIGTERM');
  expect((await running.ended).code).toBe(0);
});

test('W07 poptray prints a link into the dashboard for a terminal alone; poptray dashboard does wherever its output goes', async () => {
  const journal = await startHeadless();
  const said = await journal.poptray('dashboard');
  expect(said.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/ui\/open\?code=[\w-]{20,}\n$/);
  journal.child.kill('SIGTERM');
  const { stdout, stderr } = await journal.ended;
  expect(stdout + stderr).not.toContain('/ui/open');
  if (existsSync(join(import.meta.dirname, '../../dist/renderer/index.html')))
    expect(stdout).toMatch(/For a link to the dashboard: .*poptray -- dashboard/);
});

test.skipIf(process.platform === 'win32')(
  'O16 the commands that a start prints can be pasted, whatever the folder is called',
  async () => {
    const dataDir = join(tempDir(), "O'Brien Ü $HOME");
    const headless = await startHeadless({ dataDir });
    headless.child.kill('SIGTERM');
    const { stdout } = await headless.ended;
    const lines = stdout.split('\n').filter((line) => line.includes('--data-dir'));
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) {
      const [, command = ''] = /(npm run .*?)\)?$/.exec(line) ?? [];
      const words = execFileSync('sh', ['-c', `printf '%s\\n' ${command.replace(/\)$/, '')}`], {
        encoding: 'utf8',
      });
      expect(words.split('\n')).toContain(dataDir);
    }
  },
);

test.skipIf(process.platform !== 'linux')(
  'O16 a relative XDG_CONFIG_HOME makes no folder under the working one',
  async () => {
    const [cwd, home] = [tempDir(), tempDir()];
    const env = { HOME: home, XDG_CONFIG_HOME: '~/.config', XDG_CACHE_HOME: 'cache' };
    expect((await poptray(['token', 'create', 'a'], { cwd, env })).code).toBe(0);
    expect(filesIn(cwd)).toEqual([]);
    expect(existsSync(join(home, '.config/poptray/tokens.json'))).toBe(true);
    const refused = await poptray(['token', 'create', 'a'], { cwd, env: { POPTRAY_DATA_DIR: '~/poptray' } });
    expect([refused.code, refused.stderr]).toEqual([78, expect.stringContaining('nothing has expanded')]);
    expect(filesIn(cwd)).toEqual([]);
  },
);

test.skipIf(process.getuid?.() !== 0)(
  'O09 settings that root has placed count for a user who cannot change them',
  async () => {
    const home = tempDir();
    const dataDir = join(home, 'data');
    mkdirSync(dataDir, { mode: 0o700 });
    writeFileSync(join(dataDir, 'settings.json'), '{"version":1,"port":0,"popPhases":["manual"]}');
    chmodSync(join(dataDir, 'settings.json'), 0o644);
    for (const path of [home, dataDir]) chownSync(path, 65_534, 65_534);
    const script =
      "import { openSettings } from 'SETTINGS'; console.log(openSettings(process.argv[1], {}).current.popPhases[0]);";
    const settings = join(import.meta.dirname, '../../main/config/settings.ts');
    const args = ['--input-type=module-typescript', '-e', script.replace('SETTINGS', settings), dataDir];
    const asOther = spawnSync(process.execPath, args, {
      uid: 65_534,
      gid: 65_534,
      cwd: '/',
      encoding: 'utf8',
    });
    expect([asOther.stdout, asOther.status]).toEqual(['manual\n', 0]);
    expect(statSync(join(dataDir, 'settings.json')).uid).toBe(0);
  },
);

test('a folder that another machine uses, or has crashed in, is refused in words, and stays as it is', async (context) => {
  if (machineId() === undefined) context.skip('nothing says which machine this is');
  const dataDir = join(tempDir(), 'data');
  const headless = await startHeadless({ dataDir });
  const note = join(dataDir, 'endpoint.json');
  expect(JSON.parse(readFileSync(note, 'utf8'))).toMatchObject({ machine: machineId() });
  headless.child.kill('SIGKILL');
  await headless.ended;
  writeFileSync(note, JSON.stringify({ port: headless.port, machine: 'another', host: 'desk-17' }), {
    mode: 0o600,
  });
  const before = filesIn(join(dataDir, 'audit'));
  const { code, stderr } = await start('headless.ts', ['--port', '0'], { dataDir }).ended;
  expect([code, stderr]).toEqual([
    78,
    expect.stringMatching(/in use by poptray on desk-17, .*delete .*endpoint\.json/),
  ]);
  expect(filesIn(join(dataDir, 'audit'))).toEqual(before);
  expect(await poptray(['status'], { dataDir })).toMatchObject({ code: 69 });
  rmSync(note);
  await startHeadless({ dataDir });
});

test('what a crash on this machine has left hinders no start', async () => {
  const headless = await startHeadless();
  headless.child.kill('SIGKILL');
  await headless.ended;
  await startHeadless({ dataDir: headless.dataDir });
});
