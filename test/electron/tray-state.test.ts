import { describe, expect, test } from 'vitest';
import { type Status, timeOfDay, tooltipOf, trayStateOf } from '../../main/electron/tray-state.ts';
import { quietStatus } from '../support/quiet-status.ts';
import { resultEntry } from './entries.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');

const NOT_ALL = {
  at: '2026-11-23T11:00:00.000Z',
  verdict: 'not-all-vouched-for',
  seq: 7,
  reason: 'no key',
} as const;
const TAMPERED = {
  tampered: { at: '2026-11-23T11:00:00.000Z', seq: 7, reason: 'it was changed or moved' },
  checked: null,
};

const TROUBLE: Status['troubles'][number] = {
  part: 'webhook',
  name: 'crm',
  since: '2026-11-23T11:00:00.000Z',
  code: 'no_secret',
  why: 'it has no secret',
  waiting: 3,
};

const TROUBLES = [TROUBLE];

describe('F02 the tray’s face', () => {
  test.each([
    ['ready', {}],
    ['delivering', { underWay: 1 }],
    ['paused', { pausedUntil: NOW + 1 }],
    ['paused', { pausedUntil: 'until-resumed', underWay: 1 }],
    ['ready', { pausedUntil: NOW }],
    ['degraded', { auditFault: 'disk full', pausedUntil: 'until-resumed' }],
    ['degraded', { audit: TAMPERED, pausedUntil: 'until-resumed', underWay: 1 }],
    ['ready', { audit: { tampered: null, checked: NOT_ALL } }],
    ['degraded', { spaceWarning: '7 MiB are left' }],
    ['degraded', { settingsFault: 'settings.json is not a JSON object' }],
    ['degraded', { troubles: TROUBLES }],
    ['delivering', { troubles: TROUBLES, underWay: 1 }],
    ['not-configured', { isConfigured: false, auditFault: 'disk full' }],
  ] as const)('is %s for %o', (state, changes) => {
    expect(trayStateOf(quietStatus(changes), resultEntry(), NOW)).toBe(state);
  });

  test('shows trouble from a failed pop until the next one gets through', () => {
    const failed = resultEntry({ status: 'failed', code: 'upstream_failed' });
    expect(trayStateOf(quietStatus(), failed, NOW)).toBe('degraded');
    expect(trayStateOf(quietStatus(), resultEntry(), NOW)).toBe('ready');
  });
});

describe('the tooltip', () => {
  test('says the state, the last pop and today’s counts', () => {
    const status = quietStatus({ today: { delivered: 3, failed: 1 } });
    expect(tooltipOf(status, resultEntry(), NOW)).toBe(
      `poptray: ready (simulated)\nLast pop: ${timeOfDay(NOW)} delivered, 12 ms\nToday: 3 delivered, 1 failed`,
    );
    expect(tooltipOf(quietStatus(), undefined, NOW)).toContain('No pop yet');
  });

  test('names what is in trouble beside the pops', () => {
    const said = (troubles: Status['troubles']) => tooltipOf(quietStatus({ troubles }), undefined, NOW);
    expect(said([TROUBLE])).toMatch(/^poptray: in trouble .*\nIn trouble: webhook crm\n/);
    expect(said([TROUBLE, { ...TROUBLE, name: 'wallboard' }])).toContain(
      '\nIn trouble: webhook crm and 1 more\n',
    );
  });

  test('names a destination that takes no pop by its id', () => {
    const trouble = { ...TROUBLE, part: 'destination', name: 'genesys' } as const;
    const said = tooltipOf(quietStatus({ troubles: [trouble] }), undefined, NOW);
    expect(said).toMatch(/^poptray: in trouble .*\nIn trouble: destination genesys\nNo pop yet\nToday: /);
  });

  test('says that the log was tampered with', () => {
    expect(tooltipOf(quietStatus({ audit: TAMPERED }), undefined, NOW)).toMatch(
      /^poptray: in trouble .*\nThe audit log was tampered with\n/,
    );
  });

  test('fits what Windows shows', () => {
    const status = quietStatus({ today: { delivered: 1e15, failed: 1e15 }, isConfigured: false });
    const pop = resultEntry({ latencyMs: 1e60 });
    expect(tooltipOf(status, pop, NOW).length).toBeLessThanOrEqual(127);
  });
});
