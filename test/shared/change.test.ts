import { expect, test } from 'vitest';
import { type ChangeFacts, changeBy } from '../../shared/change.ts';
import { sayChange } from '../../shared/say-change.ts';

const say = (facts: ChangeFacts, by: string | null = 'user ada') => sayChange(changeBy({ by }, facts));

test('a change is said in one line', () => {
  expect(say({ subject: 'token', action: 'revoked', name: 'crm' })).toBe('token revoked (crm); by user ada');
  expect(say({ subject: 'pause', action: 'ended' }, null)).toBe('pause ended');
  expect(
    say({
      subject: 'settings',
      action: 'changed',
      members: ['/destination/baseUrl', '/port'],
      hosts: { before: [], after: ['api.example'] },
    }),
  ).toBe('settings changed: /destination/baseUrl, /port; no host → api.example; by user ada');
});
