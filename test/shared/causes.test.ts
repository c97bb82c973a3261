import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { troubleshootingPage } from '../../scripts/troubleshooting.ts';
import { causeTable } from '../../shared/cause-table/cause-table.ts';
import {
  type Cause,
  type CauseCode,
  causeSchema,
  commandsFor,
  makeCause,
  sayCause,
} from '../../shared/causes.ts';

const codes = Object.keys(causeTable) as CauseCode[];

test('docs/troubleshooting.md is made from the table of causes: node scripts/troubleshooting.ts', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/troubleshooting.md'), 'utf8');
  expect(page).toBe(troubleshootingPage());
});

test('each cause says what is wrong in words of its own, and a way out', () => {
  for (const code of codes) {
    const { says, wayOut } = causeTable[code];
    expect(says, code).toMatch(/^[A-Z{].{20,}\.$/);
    expect(wayOut, code).toMatch(/^[A-Z].{15,}\.$/);
  }
  expect(new Set(codes.map((code) => causeTable[code].says)).size).toBe(codes.length);
});

test('no way out leads back to where it is read: to doctor, the status, the log or the page itself', () => {
  for (const code of codes)
    expect(Object.values(causeTable[code]).flat().join(' '), code).not.toMatch(
      /doctor|poptray status|troubleshooting|poptray\.log|see above/i,
    );
});

test('who has a command for PowerShell has one for cmd.exe, and the other way round', () => {
  for (const code of codes) {
    const row = causeTable[code];
    const commands: object = 'commands' in row ? row.commands : {};
    expect('powershell' in commands, code).toBe('cmd' in commands);
  }
});

test('what a cause is about stands in its words and in its commands', () => {
  const cause = makeCause('proxy_wants_login', {
    proxy: 'p.example:3128',
    via: 'HTTPS_PROXY',
    schemes: 'Basic',
  });
  expect(sayCause(cause)).toBe(
    'The proxy p.example:3128 (from HTTPS_PROXY) wants a sign-in (407, offers Basic), and its URL holds none. ' +
      'Name it with a user and a password: http://USER:PASSWORD@p.example:3128, where @ is written %40, : is %3A and % is %25.',
  );
  expect(commandsFor(cause, 'linux')).toEqual(["export HTTPS_PROXY='http://USER:PASSWORD@p.example:3128'"]);
  expect(commandsFor(cause, 'win32')).toEqual(["$env:HTTPS_PROXY = 'http://USER:PASSWORD@p.example:3128'"]);
  expect(commandsFor(makeCause('refused', { host: 'a' }), 'linux')).toEqual([]);
});

test('a cause is data that can be kept and read again', () => {
  const cause: Cause = makeCause('no_route', { host: 'api.example' });
  expect(causeSchema.parse(JSON.parse(JSON.stringify(cause)))).toEqual(cause);
  expect(causeSchema.safeParse({ code: 'else', fields: {} }).success).toBe(false);
});
