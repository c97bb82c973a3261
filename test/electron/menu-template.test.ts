import { expect, test, vi } from 'vitest';
import { type MenuActions, menuTemplate } from '../../main/electron/menu-template.ts';
import type { Status } from '../../main/electron/tray-state.ts';
import { quietStatus } from '../support/quiet-status.ts';
import { resultEntry } from './entries.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');

function actions(): MenuActions {
  return {
    openDashboard: vi.fn(),
    openPop: vi.fn(),
    answerCaller: vi.fn(),
    sendTestPop: vi.fn(),
    pause: vi.fn(),
    copyAddress: vi.fn(),
    openSettings: vi.fn(),
    about: vi.fn(),
    quit: vi.fn(),
  };
}

function menu(changes: Partial<Status>, pops = [resultEntry()], to = actions(), callers: string[] = []) {
  const lines = menuTemplate({ status: quietStatus(changes), pops, now: NOW, callers }, to);
  const all = lines.flatMap((line) => [line, ...((line.submenu ?? []) as typeof lines)]);
  const click = (label: string) => {
    const line = all.find((candidate) => candidate.label === label);
    if (!line?.click || line.enabled === false) throw new Error(`nothing to click: ${label}`);
    (line.click as () => void)();
  };
  return { labels: all.flatMap(({ label }) => label ?? []), click, all };
}

test('every line that can be clicked asks for its action', () => {
  const to = actions();
  const { click } = menu({}, [], to);
  const expected: [string, keyof MenuActions, unknown[]][] = [
    ['Open dashboard', 'openDashboard', []],
    ['Send a test pop', 'sendTestPop', []],
    ['For 15 minutes', 'pause', [15]],
    ['For 1 hour', 'pause', [60]],
    ['Until I resume', 'pause', ['until-resumed']],
    ['Copy endpoint address', 'copyAddress', []],
    ['Who works here?…', 'openSettings', []],
    ['Settings…', 'openSettings', []],
    ['About poptray', 'about', []],
    ['Quit', 'quit', []],
  ];
  for (const [label, action, args] of expected) {
    click(label);
    expect(to[action]).toHaveBeenLastCalledWith(...args);
  }
});

test('the last pops are there, each with its outcome in a word and a shape, and open when chosen', () => {
  const to = actions();
  const failed = resultEntry({ status: 'failed', popId: 'pop-2' });
  const { labels, click } = menu({}, [resultEntry(), failed], to);
  expect(labels.find((label) => label.startsWith('✓'))).toMatch(/delivered, 12 ms$/);
  const line = labels.find((label) => label.startsWith('✗')) ?? '';
  expect(line).toMatch(/failed$/);
  click(line);
  expect(to.openPop).toHaveBeenCalledWith('pop-2');
});

test('it says who works here, by the name that people use', () => {
  const agent = { userId: 'id-1', name: null, from: 'settings' as const };
  expect(menu({ agent }).labels).toContain('Agent: id-1…');
  expect(menu({ agent: { ...agent, name: 'Ada Lovelace' } }).labels).toContain('Agent: Ada Lovelace…');
});

test('while it is paused it says until when, and offers to resume instead', () => {
  const to = actions();
  const { labels, click } = menu({ pausedUntil: 'until-resumed' }, [], to);
  expect(labels).toContain('Paused until you resume');
  expect(labels).not.toContain('Pause pops');
  click('Resume pops');
  expect(to.pause).toHaveBeenCalledWith(null);
  expect(
    menu({ pausedUntil: NOW + 60_000 }).labels.some((label) => /^Paused until \d\d:\d\d$/.test(label)),
  ).toBe(true);
});

test('a program that waits for a yes stands first, until it has an answer', () => {
  const to = actions();
  const { labels, click } = menu({}, [], to, ['A program that calls itself “3CX”', 'another']);
  expect(labels[0]).toBe('A program that calls itself “3CX” wants to show pops…');
  expect(labels.filter((label) => label.includes('another'))).toEqual([]);
  click(labels[0] ?? '');
  expect(to.answerCaller).toHaveBeenCalledTimes(1);
});

test('it says what a person should know before trusting it', () => {
  const { labels } = menu({
    isSimulated: true,
    auditFault: 'disk full',
    audit: {
      tampered: { at: '2026-11-23T12:00:00Z', seq: 7, reason: 'it was changed or moved' },
      checked: null,
    },
    spaceWarning: '7 MiB are left',
    settingsFault: 'x',
    addresses: ['http://127.0.0.1:49213'],
    portInsteadOf: 8080,
    secretsWarning: 'file',
  });
  expect(labels.slice(0, 7)).toEqual([
    'Simulated: no agent sees these pops',
    'Port 49213: 8080 is taken',
    'Nothing is delivered: the dashboard says why',
    'The audit log was tampered with: the dashboard says more',
    'The disk is almost full: the dashboard says more',
    'The settings file is broken: its last good copy counts',
    'Secrets are kept in a file',
  ]);
  expect(() => menu({ isConfigured: false }).click('Send a test pop')).toThrow('nothing to click');
});
