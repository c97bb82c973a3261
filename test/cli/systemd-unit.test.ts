import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { EXIT } from '../../main/cli/exit-codes.ts';
import { unitFor } from '../../main/cli/systemd-unit.ts';
import { build } from '../support/built-product.ts';
import { needsKeyring, startKeyringSession } from '../support/keyring.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, USER } from '../support/test-app.ts';
import { needsSystemd, whyNoUserManager, withUserManager } from '../support/user-manager.ts';
import { poptray, startHeadless } from './run.ts';

/** A path that a shell, systemd or printf would each read otherwise. */
const ODD = `O'Brien 100% %h $HOME \${HOME} "Ü" \\x \\\\`;

// The unit starts what is built.
beforeAll(build, 120_000);
beforeEach(needsSystemd);

/** What systemd-analyze has to say about a unit; nothing when it is well. */
async function complaintsAbout(unit: string): Promise<string> {
  const home = tempDir();
  const path = join(home, 'poptray.service');
  writeFileSync(path, unit);
  const env = { PATH: process.env.PATH, HOME: home, XDG_RUNTIME_DIR: home };
  const verify = promisify(execFile)('systemd-analyze', ['verify', '--user', path], { env });
  return verify.then(
    ({ stdout, stderr }) => stdout + stderr,
    (error) => error.message,
  );
}

/** Unlike socat it lets go of the descriptor that comes with a message, for whose end systemd-notify waits. */
const RECEIVER =
  '$| = 1; socket(S, PF_UNIX, SOCK_DGRAM, 0); bind(S, pack_sockaddr_un($ARGV[0])) or die; ' +
  'while (defined recv(S, $m, 65536, 0)) { print "$m\\n" }';

/** A datagram socket as systemd has it, and what came. */
async function listen() {
  const path = join(tempDir(), 'notify');
  const socket = spawn('perl', ['-MSocket', '-e', RECEIVER, path]);
  onTestFinished(() => void socket.kill());
  let received = '';
  socket.stdout.on('data', (piece) => {
    received += piece;
  });
  await expect.poll(() => existsSync(path), { timeout: 10_000 }).toBe(true);
  return { env: { NOTIFY_SOCKET: path }, received: () => received };
}

describe('the unit that poptray prints', () => {
  test('names this Node, this poptray and this folder, and systemd has nothing to say against it', async () => {
    const dataDir = join(tempDir(), ODD);
    const { code, stdout } = await poptray(['systemd-unit', '--data-dir', dataDir]);
    expect(code).toBe(0);
    expect(stdout).toContain(`ExecStart=${process.execPath} --max-semi-space-size=16 `);
    expect(await complaintsAbout(stdout)).toBe('');
  });

  test('is taken by systemd with any path to the program, and one that is not there is told', async () => {
    for (const name of [ODD, 'plain', 'in % between $HOME']) {
      const folder = join(tempDir(), name);
      mkdirSync(folder);
      symlinkSync(process.execPath, join(folder, 'node'));
      expect(await complaintsAbout(unitFor([join(folder, 'node'), '$HOME']))).toBe('');
    }
    expect(await complaintsAbout(unitFor(['/nowhere/a % $b/node']))).toContain(
      '/nowhere/a % $b/node is not executable',
    );
  });

  test('holds the folder that counts here, also where systemd has another environment', async () => {
    const env = { XDG_CONFIG_HOME: '/cfg' };
    expect((await poptray(['systemd-unit'], { env })).stdout).toMatch(/ --data-dir \/cfg\/poptray$/m);
  });
});

describe('poptray, started by systemd,', () => {
  test('is ready once it listens and its log is open, and says when it stops', async () => {
    const { env, received } = await listen();
    const headless = await startHeadless({ env });
    await expect.poll(received, { timeout: 10_000 }).toContain('READY=1');
    expect(received()).toContain(`STATUS=Listens on http://127.0.0.1:${headless.port}`);
    expect(received()).not.toContain('STOPPING=1');
    headless.child.kill('SIGTERM');
    expect((await headless.ended).code).toBe(0);
    await expect.poll(received).toContain('STOPPING=1');
  });

  test('is not ready before its keychain is unlocked, and its status says why', async (context) => {
    needsKeyring(context);
    const home = tempDir();
    await (await startKeyringSession(home, 'unlocked')).end();
    const session = await startKeyringSession(home, 'locked');
    const { env, received } = await listen();
    const url = await startHeadless({ env: { ...session.env, ...env, POPTRAY_TOKEN: TOKEN } }).then(
      ({ port }) => `http://127.0.0.1:${port}/trigger-screenpop`,
    );
    await expect.poll(received, { timeout: 10_000 }).toContain('STATUS=The OS keychain is locked');
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const pop = () => fetch(url, { method: 'POST', headers, body: JSON.stringify({ userId: USER }) });
    expect((await pop()).status).toBe(503);
    // By then all that is said at a start has come.
    await promisify(execFile)('systemd-notify', ['STATUS=the next'], { env: { ...process.env, ...env } });
    await expect.poll(received).toContain('STATUS=the next');
    expect(received()).not.toContain('READY=1');
    await session.unlock();
    await expect.poll(async () => (await pop()).status, { timeout: 20_000 }).toBe(200);
    await expect.poll(received, { timeout: 10_000 }).toContain('READY=1');
  });

  test('serves as ever where nobody hears it, and its log says that', async () => {
    const dataDir = join(tempDir(), 'data');
    const headless = await startHeadless({ dataDir, env: { NOTIFY_SOCKET: '/nowhere/notify' } });
    const log = () => readFileSync(join(dataDir, 'logs/poptray.log'), 'utf8');
    await expect.poll(log, { timeout: 10_000 }).toContain('systemd could not be told');
    expect((await headless.poptray('status')).code).toBe(0);
  });

  test('tells nobody without a socket: no program is run', async () => {
    const path = tempDir();
    const note = join(path, 'called');
    writeFileSync(join(path, 'systemd-notify'), `#!/bin/sh\ntouch '${note}'\n`, { mode: 0o755 });
    const headless = await startHeadless({ env: { PATH: `${path}:${process.env.PATH}` } });
    headless.child.kill('SIGTERM');
    await headless.ended;
    expect(existsSync(note)).toBe(false);
  });
});

describe('under a real systemd of a user', () => {
  beforeEach(async (context) => {
    const reason = await whyNoUserManager(tempDir());
    if (reason === undefined) return;
    process.stderr.write(`Skipped: ${reason}\n`);
    context.skip(reason);
  });

  test('what another start may help is started again, and nothing else', async () => {
    const home = tempDir();
    mkdirSync(join(home, '.config/systemd/user'), { recursive: true });
    const ends: Record<string, string> = { killed: 'kill -KILL $$$$', aborted: 'kill -ABRT $$$$' };
    for (const [name, code] of Object.entries(EXIT)) ends[name] = `exit ${code}`;
    for (const [name, how] of Object.entries(ends)) {
      const unit = unitFor(['/bin/true'])
        .replace('Type=notify', 'Type=exec')
        .replace('/bin/true', `/bin/sh -c "${how}"`);
      writeFileSync(join(home, `.config/systemd/user/end-${name}.service`), unit);
    }
    const printed = await withUserManager(
      home,
      `for name in ${Object.keys(ends).join(' ')}; do
         systemctl --user start end-$name
         while [ $(systemctl --user show --value -p SubState end-$name) = running ]; do sleep 0.05; done
         echo $name $(systemctl --user show --value -p SubState end-$name)
       done`,
    );
    expect(
      Object.fromEntries(
        printed
          .trim()
          .split('\n')
          .map((line) => line.split(' ')),
      ),
    ).toEqual({
      killed: 'auto-restart',
      aborted: 'auto-restart',
      ok: 'dead',
      failed: 'auto-restart',
      torn: 'auto-restart',
      noKey: 'auto-restart',
      notAllVouchedFor: 'auto-restart',
      usage: 'failed',
      unavailable: 'auto-restart',
      internal: 'auto-restart',
      config: 'failed',
    });
  });

  test('it starts, is ready when systemctl returns, comes back after a kill, and stops in order', async () => {
    const home = tempDir();
    const dataDir = join(home, ODD);
    const { code, stdout } = await poptray(['systemd-unit', '--data-dir', dataDir]);
    expect(code).toBe(0);
    mkdirSync(join(home, '.config/systemd/user'), { recursive: true });
    writeFileSync(
      join(home, '.config/systemd/user/poptray.service'),
      stdout.replace('RestartSec=10', 'RestartSec=100ms'),
    );
    const printed = await withUserManager(
      home,
      `show() { systemctl --user show --value -p $1 poptray; }
       await() { for try in $(seq 300); do [ "$(show $1)" = $2 ] && return; sleep 0.1; done; systemctl --user status poptray; exit 1; }
       systemctl --user start poptray
       echo $(show ActiveState) $(show StatusText)
       systemctl --user kill --signal=KILL --kill-whom=main poptray
       await NRestarts 1; await ActiveState active
       echo $(show ActiveState)
       systemctl --user stop poptray
       echo $(show Result) $(show ExecMainStatus)
       echo '{' > ${`'${dataDir.replaceAll("'", "'\\''")}/settings.json'`}
       rm -f ${`'${dataDir.replaceAll("'", "'\\''")}/settings.good.json'`}
       systemctl --user start poptray
       await SubState failed
       echo $(show SubState) $(show ExecMainStatus)`,
    );
    expect(printed.trim().split('\n')).toEqual([
      expect.stringMatching(/^active Listens on http:\/\/127\.0\.0\.1:\d+/),
      'active',
      'success 0',
      'failed 78',
    ]);
    expect(await poptray(['audit', 'verify'], { dataDir })).toMatchObject({ code: 0 });
  });
});
