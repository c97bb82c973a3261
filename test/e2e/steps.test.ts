import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { auditDir } from '../../main/audit/format/segments.ts';
import { readEntries } from '../../main/audit/read/entries.ts';
import { STEPS } from '../support/die-at.ts';
import { deliveringTo } from '../support/environment.ts';
import { run, startHeadless } from '../support/headless.ts';
import { reply, startStubDestination } from '../support/stub-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { USER } from '../support/test-app.ts';

vi.setConfig({ testTimeout: 60_000 });

const PRELOAD = `--import=${new URL('../support/die-at.ts', import.meta.url)}`;
const trigger = { userId: USER, idempotencyKey: 'call-1', customerData: { case: 'C-1' } };
const shown = { id: 'pop-1', status: 'delivered', windowFocused: true };

async function setUp() {
  const destination = await startStubDestination();
  const dataDir = join(tempDir(), 'data');
  const env = deliveringTo(destination.url);
  const verify = async () => (await run('cli.ts', ['audit', 'verify'], { dataDir })).ended;
  const entries = () =>
    [...readEntries(auditDir(dataDir))]
      .filter(({ idempotencyKey }) => idempotencyKey !== null)
      .map(({ type, status }) => (status === null ? type : `${type} ${status}`));
  return { destination, dataDir, env, verify, entries };
}

/** What the log has of the pop before the start that finds it, and how often the destination is called in all. */
const AFTER: Record<(typeof STEPS)[number] | 'call', { before: string[]; calls: number }> = {
  intent: { before: [], calls: 1 },
  'half an intent': { before: [], calls: 1 },
  sync: { before: ['intent'], calls: 1 },
  send: { before: ['intent'], calls: 1 },
  call: { before: ['intent'], calls: 2 },
  result: { before: ['intent'], calls: 2 },
  reply: { before: ['intent', 'result delivered'], calls: 1 },
};

describe('F17 killed at the step', () => {
  test.each([...STEPS, 'call'] as const)('%s, a pop is neither lost nor shown twice', async (step) => {
    const { destination, dataDir, env, verify, entries } = await setUp();
    const first = await startHeadless({ dataDir, env: { ...env, NODE_OPTIONS: PRELOAD, DIE_AT: step } });
    if (step === 'call') destination.onPop(() => first.kill('SIGKILL'));
    await expect(first.post(trigger)).rejects.toThrow();
    expect(await first.ended).toBe('SIGKILL');
    expect(await verify()).toBe(step === 'half an intent' ? 2 : 0);
    expect(entries()).toEqual(AFTER[step].before);

    // The destination has shown it at the first call.
    if (AFTER[step].calls === 2) destination.onPop(reply(409, shown));
    const second = await startHeadless({ dataDir, env });
    const answer = await second.post(trigger);
    expect([answer.status, await answer.json()]).toMatchObject([
      200,
      { status: 'delivered', idempotencyKey: 'call-1' },
    ]);
    expect(answer.headers.get('idempotent-replayed')).toBe(step === 'reply' ? 'true' : null);
    expect(destination.pops).toHaveLength(AFTER[step].calls);
    expect(new Set(destination.pops.map(({ body }) => String(body))).size).toBe(1);
    second.kill('SIGTERM');
    expect(await second.ended, second.output()).toBe(0);
    expect(await verify()).toBe(0);
    expect(entries().filter((entry) => entry === 'result delivered')).toHaveLength(1);
    if (AFTER[step].before.length === 1) expect(entries()).toContain('result unknown');
  });
});
