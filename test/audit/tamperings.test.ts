/** A part of the table; all of it, and with a real keychain, is in tamperings.long.test.ts. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createMemorySecrets } from '../support/audit-log.ts';
import { tempDir } from '../support/temp-dir.ts';
import { misjudged, tamperAll } from './tamper-all.ts';
import { harmless, tamperings } from './tamperings.ts';

test('there are more than a hundred and fifty of them, each with a name of its own', () => {
  const names = [...tamperings, ...harmless].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(tamperings.length).toBeGreaterThan(150);
});

const stores = [
  ['file', true],
  ['file', false],
  ['keychain', true],
  ['keychain', false],
] as const;

test.each(stores.map(([source, hasRoot], part) => ({ source, hasRoot, part })))(
  'nothing that was tampered with is called whole, and all else is (keys in the $source, root here: $hasRoot)',
  { timeout: 120_000 },
  async ({ source, hasRoot, part }) => {
    const rows = await tamperAll({
      dataDir: join(tempDir(), 'data'),
      secrets: createMemorySecrets({}, source),
      source,
      hasRoot,
      isMade: (index) => index % 4 === part,
      isStarted: (index) => index % 28 === part,
    });
    expect(misjudged(rows, source)).toEqual([]);
    expect(rows.length).toBeGreaterThan(120);
  },
);
