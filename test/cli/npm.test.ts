/** poptray as people start it, by npm, and as it is ended then. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isLogLocked } from '../../main/audit/format/lock.ts';
import { auditDir } from '../../main/audit/format/segments.ts';
import { hasPrograms, needs } from '../support/needs.ts';
import { tempDir } from '../support/temp-dir.ts';
import { poptray, startHeadless } from './run.ts';

const ROOT = join(import.meta.dirname, '../..');
/** npm's end is seen within half a second. */
const WITHIN = { timeout: 10_000, interval: 50 };

const needsTerminal = needs('a terminal: script, of bsdutils', hasPrograms('script'));

/** Starts `npm run -s NAME`, in a terminal of its own if wanted, and waits until poptray listens. */
async function startByNpm(name: 'start' | 'headless', { shell = 'sh', inTerminal = false } = {}) {
  const dataDir = join(tempDir(), 'data');
  const command = ['npm', 'run', '-s', name, '--', '--port', '0', '--data-dir', dataDir];
  const [program = '', ...args] = inTerminal ? ['script', '-qfec', command.join(' '), '/dev/null'] : command;
  const { DISPLAY: _, WAYLAND_DISPLAY: __, ...env } = process.env;
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...env, npm_config_script_shell: shell, POPTRAY_KEYCHAIN: 'off' },
    // Of its own: what is sent to it reaches nobody else.
    detached: true,
  });
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await expect.poll(() => isLogLocked(auditDir(dataDir)), WITHIN).toBe(false);
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece) => {
      output += piece;
    });
  }
  const port = () => /listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1];
  await expect.poll(port, { timeout: 50_000, message: output }).toBeDefined();
  await expect.poll(() => output, WITHIN).toContain('customerName":');
  return { child, dataDir, port: Number(port()) };
}

/** Nothing is left of it but what it kept, and the next one takes its place. */
async function expectOrderlyEnd(dataDir: string, port: number): Promise<void> {
  await expect.poll(() => isLogLocked(auditDir(dataDir)), WITHIN).toBe(false);
  expect(existsSync(join(dataDir, 'endpoint.json'))).toBe(false);
  const log = () => readFileSync(join(dataDir, 'logs/poptray.log'), 'utf8');
  await expect.poll(log, WITHIN).toMatch(/\[info\] {1,2}stopped\n$/);
  const { code, stdout } = await poptray(['audit', 'verify', '--json'], { dataDir });
  // All of it is under a checkpoint: the log was sealed.
  const { entries, vouched } = JSON.parse(stdout);
  expect([code, vouched]).toEqual([0, entries]);
  const free = createServer().listen(port, '127.0.0.1');
  await once(free, 'listening');
  free.close();
  await once(free, 'close');
  await startHeadless({ dataDir, args: ['--port', `${port}`] });
}

describe.skipIf(process.platform === 'win32')('poptray, started by npm,', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'] as const)(
    'stops in order when %s reaches npm alone, and the next start works',
    async (signal) => {
      const { child, dataDir, port } = await startByNpm('headless');
      child.kill(signal);
      await expectOrderlyEnd(dataDir, port);
    },
  );

  test('stops in order under `npm start` as well', async () => {
    const { child, dataDir, port } = await startByNpm('start');
    child.kill('SIGTERM');
    await expectOrderlyEnd(dataDir, port);
  });

  test.each(['sh', 'bash'])(
    'stops in order by Ctrl-C, which the terminal sends and npm passes on, with %s between them',
    async (shell) => {
      const { child, dataDir, port } = await startByNpm('headless', { shell, inTerminal: true });
      child.stdin.write('\x03');
      await expectOrderlyEnd(dataDir, port);
    },
  );

  test('stops in order when its terminal is closed', async (context) => {
    needsTerminal(context);
    const { child, dataDir, port } = await startByNpm('headless', { inTerminal: true });
    child.kill('SIGKILL');
    await expectOrderlyEnd(dataDir, port);
  });

  test('is waited for by a start that comes at once', async () => {
    const { child, dataDir } = await startByNpm('headless');
    child.kill('SIGTERM');
    await startHeadless({ dataDir });
  });
});
