import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { machineId } from '../../main/platform/machine.ts';
import { tempDir } from '../support/temp-dir.ts';

test('a machine is known by a digest of its id, which differs from machine to machine, and by nothing that is none', () => {
  const dir = tempDir();
  const idOf = (text: string) => {
    writeFileSync(join(dir, 'id'), text);
    return machineId('linux', [join(dir, 'missing'), join(dir, 'id')]);
  };
  const one = idOf(`${'a'.repeat(32)}\n`);
  expect(one).toMatch(/^[0-9a-f]{16}$/);
  expect(idOf('b'.repeat(32))).not.toBe(one);
  for (const none of ['', 'uninitialized\n', 'A'.repeat(32)]) expect(idOf(none)).toBeUndefined();
  expect(machineId('darwin')).toBeUndefined();
  expect(machineId('win32')).toBeTruthy();
});
