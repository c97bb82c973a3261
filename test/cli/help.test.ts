import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { poptray, start } from './run.ts';

const COMMANDS = [
  '',
  'trigger',
  'audit',
  'audit verify',
  'audit list',
  'audit export',
  'token',
  'token create',
  'token list',
  'token revoke',
  'pair',
  'secret',
  'secret set',
  'secret clear',
  'secret list',
  'webhooks',
  'webhooks list',
  'webhooks resend',
  'dashboard',
  'simulate',
  'status',
  'systemd-unit',
  'support-bundle',
  'reset',
  'doctor',
];

test('every command and subcommand explains itself with --help', async () => {
  const outcomes = await Promise.all(
    COMMANDS.map((command) => poptray([...command.split(' ').filter(Boolean), '--help'])),
  );
  for (const [index, { code, stdout, stderr }] of outcomes.entries()) {
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^Usage: poptray ?${COMMANDS[index]}`));
  }
});

test('headless --help explains itself', async () => {
  const { code, stdout } = await start('headless.ts', ['--help']).ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(/--port.*--data-dir.*Exit codes/s);
});

test('poptray alone shows what there is, and is a wrong call', async () => {
  const { code, stdout, stderr } = await poptray([]);
  expect([code, stdout]).toEqual([64, '']);
  for (const command of COMMANDS) expect(stderr).toContain(command.split(' ')[0]);
});

test('a wrong call is told from a right one, and says what is wrong with it', async () => {
  const calls = [
    ['pop'],
    ['constructor'],
    ['__proto__'],
    ['trigger', '--usr', 'x'],
    ['trigger', 'a', 'b'],
    ['audit'],
    ['audit', 'look'],
    ['token', 'create'],
    ['simulate', '--port', 'x'],
  ];
  const outcomes = await Promise.all(calls.map((args) => poptray(args)));
  for (const [index, { code, stderr }] of outcomes.entries()) {
    expect([calls[index], code]).toEqual([calls[index], 64]);
    expect(stderr).toMatch(/error:|Usage:/);
  }
});

test('a wrong name is answered with the right one', async () => {
  expect((await poptray(['triger'])).stderr).toContain('Did you mean trigger?');
});

test('a reader that has seen enough is no fault', () => {
  const cli = join(import.meta.dirname, '../../main/cli.ts');
  // The pipe is closed before anything is written.
  const script = `"$0" "$1" --help | true; exit "\${PIPESTATUS[0]}"`;
  const { status, stderr } = spawnSync('bash', ['-c', script, process.execPath, cli], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});
