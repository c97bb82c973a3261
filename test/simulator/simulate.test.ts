import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { basic, call, FORM_TYPE, openSimulator } from './client.ts';

const PROGRAM = `
  const { simulateCommand } = await import(${JSON.stringify(import.meta.resolve('../../main/cli/simulate.ts'))});
  await simulateCommand().parseAsync(process.argv.slice(1), { from: 'user' });
`;

function run(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, '--', ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }));
  return { child, output, ended };
}

/** What it prints once it listens, as an environment. */
async function exportsOf(child: ChildProcess, output: { stdout: string }) {
  while (!output.stdout.includes('export GENESYS_BASE_URL')) await once(child.stdout as never, 'data');
  return Object.fromEntries(
    [...output.stdout.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  ) as Record<string, string>;
}

describe('poptray simulate', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    'runs with made-up secrets that it prints, until %s, exit 0',
    async (signal) => {
      const { child, output, ended } = run(['--port', '0']);
      const printed = await exportsOf(child, output);
      const reply = await call(`${printed.GENESYS_BASE_URL}/oauth/token`, {
        headers: { ...FORM_TYPE, ...basic(printed.GENESYS_CLIENT_ID, printed.GENESYS_CLIENT_SECRET) },
        body: 'grant_type=client_credentials',
      });
      expect(reply.status).toBe(200);
      expect(printed.SIGNING_SECRET).toMatch(/^[\w-]{43}$/);
      child.kill(signal);
      expect(await ended).toMatchObject({ code: 0, stderr: '' });
    },
  );

  test('takes the secrets of its environment and does not print them', async () => {
    const env = {
      GENESYS_CLIENT_ID: 'given-id',
      GENESYS_CLIENT_SECRET: 'given-secret',
      SIGNING_SECRET: 'given-key',
    };
    const { child, output } = run(['--port', '0'], env);
    const printed = await exportsOf(child, output);
    expect(Object.keys(printed)).toEqual(['GENESYS_BASE_URL']);
    expect(output.stdout).not.toContain('given');
    const reply = await call(`${printed.GENESYS_BASE_URL}/oauth/token`, {
      headers: { ...FORM_TYPE, ...basic('given-id', 'given-secret') },
      body: 'grant_type=client_credentials',
    });
    expect(reply.status).toBe(200);
  });

  test('prints the client id that the command line gave, quoted for the shell', async () => {
    const { child, output } = run(['--port', '0', '--client-id', "it's me"]);
    expect((await exportsOf(child, output)).GENESYS_CLIENT_ID).toBe(`'it'\\''s me'`);
  });

  test('says which port is taken, exit 69', async () => {
    const { baseUrl } = await openSimulator();
    const { port } = new URL(baseUrl);
    const { code, stderr, stdout } = await run(['--port', port]).ended;
    expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
    expect(stderr).toBe(
      `poptray simulate: port ${port} is taken by another program; choose another with --port\n`,
    );
  });

  test.each([
    ['--port', '65536'],
    ['--port', 'http'],
    ['--fault', 'unknown'],
    ['--fault', 'slow:0'],
    ['--fault', 'slow:x'],
    ['--fault', 'slow:1:2'],
  ])('refuses %s %s', async (option, value) => {
    const { code, stderr } = await run(['--port', '0', option, value]).ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`option '${option}`);
  });

  test('starts with the faults of the command line', async () => {
    const { child, output, ended } = run(['--port', '0', '--fault', 'reset', '--fault', 'server-error:2']);
    await exportsOf(child, output);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });

  test('has a help with the faults and an example', async () => {
    const { code, stdout } = await run(['--help']).ended;
    expect(code).toBe(0);
    expect(stdout).toContain('poptray simulate --port 8181 --fault rate-limited:2');
    expect(stdout).toContain('truncated');
  });
});
