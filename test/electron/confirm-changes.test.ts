/** The built product on the stand-in: what the page asks for and the person has to confirm. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';
import { startDesktop } from './driver.ts';
import { buildRoot, removeRoot } from './root.ts';

vi.setConfig({ testTimeout: 60_000 });

let root: string;
beforeAll(async () => {
  root = await buildRoot('main/index.ts', 'real');
}, 60_000);
afterAll(() => removeRoot(root));

async function open() {
  const dataDir = join(tempDir(), 'data');
  const desktop = await startDesktop({ root, dataDir, args: ['--port', '0', '--hidden'] });
  const call = (name: string, request: object) =>
    desktop.do('invokeFrom', 'app://poptray/', 'page', 'poptray:call', [name, request]) as Promise<{
      ok: boolean;
      value: { settings: { dedupeWindowMs: number; destinations: object[] }; refused?: string | null };
      problem?: { code: string };
    }>;
  const settings = async () => (await call('settingsGet', {})).value.settings;
  const save = async (part: object, secrets: object[] = []) =>
    call('settingsSet', { settings: { ...(await settings()), ...part }, secrets });
  const questions = async () =>
    (await desktop.do('questions')) as { detail?: string; parent?: string; defaultId?: number }[];
  return { desktop, call, settings, save, questions };
}

const DESTINATION = {
  id: 'simulator',
  kind: 'genesys-screenpops',
  baseUrl: 'https://thief.example',
  clientId: 'x',
  scope: '',
};
const WEBHOOK = { id: 'wallboard', url: 'https://thief.example/hook' };
const RECEIVER = { id: 'siem', kind: 'syslog', host: 'thief.example', port: 6514, tls: true };
const SECRET = { name: 'webhook-secret:wallboard', value: `whsec_${Buffer.alloc(32, 6).toString('base64')}` };

test('K09 a destination, a receiver and a secret change in the tray application only after a yes in its own dialog', async () => {
  const { desktop, call, settings, save, questions } = await open();
  const before = await settings();
  const attempts = [
    {
      run: () => save({ destinations: [DESTINATION] }),
      detail:
        'Destination simulator: pops go to Genesys Cloud at https://thief.example/ as x, not to the simulator',
    },
    {
      run: () => save({ webhooks: [WEBHOOK] }, [SECRET]),
      detail: 'Webhook wallboard: https://thief.example/hook\nKeep another webhook-secret:wallboard',
    },
    { run: () => save({ shipping: [RECEIVER] }), detail: 'Receiver of the log siem: thief.example:6514' },
    {
      run: () => call('secretSet', { name: 'destination:genesys:client-secret', value: 'x' }),
      detail: 'Keep another destination:genesys:client-secret',
    },
    {
      run: () => call('secretSet', { name: 'destination:genesys:client-secret', value: null }),
      detail: 'Forget destination:genesys:client-secret',
    },
  ];
  for (const { run, detail } of attempts) {
    await desktop.do('answer', 1);
    expect(await run()).toMatchObject({ ok: false, code: 'refused', problem: { code: 'not_confirmed' } });
    const asked = (await questions()).at(-1);
    expect(asked?.detail).toContain(detail);
    expect([asked?.parent, asked?.defaultId]).toEqual(['visible', 1]);
  }
  expect(await settings()).toEqual(before);
  await desktop.do('answer', 0);
  expect(await save({ destinations: [DESTINATION] })).toMatchObject({ ok: true });
  expect((await settings()).destinations).toEqual([DESTINATION]);
});

test('K09 what sends nothing elsewhere is not asked about, and while one question is open no other change gets through', async () => {
  const { settings, save, questions } = await open();
  expect(await save({ dedupeWindowMs: 5 })).toMatchObject({ ok: true });
  expect(await questions()).toEqual([]);
  // Nobody answers it.
  void save({ destinations: [DESTINATION] }).catch(() => {});
  await vi.waitFor(async () => expect(await questions()).toHaveLength(1), { timeout: 20_000 });
  expect(await save({ webhooks: [WEBHOOK] }, [SECRET])).toMatchObject({ problem: { code: 'not_confirmed' } });
  expect(await questions()).toHaveLength(1);
  expect((await settings()).destinations).toEqual([{ id: 'simulator', kind: 'simulator' }]);
});
