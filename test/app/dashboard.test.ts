import { expect, test } from 'vitest';
import type { ApiRequest, Operation } from '../../shared/api.ts';
import { startTestApp } from '../support/test-app.ts';

test.each([
  ['constructor', {}],
  ['status', { x: 1 }],
  ['status', null],
  ['pause', { for: -1 }],
  ['settingsSet', { settings: {}, more: true }],
])('the dashboard’s %s of %j is refused before it does anything', async (name, request) => {
  const { dashboard, entries } = await startTestApp();
  const answer = await dashboard.call(name as Operation, request as unknown as ApiRequest<Operation>);
  expect(answer).toEqual({ ok: false, code: 'invalid_request' });
  expect(entries().map(({ type }) => type)).toEqual(['opened']);
});
