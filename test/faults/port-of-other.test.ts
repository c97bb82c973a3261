import { expect, test } from 'vitest';
import { start } from '../cli/run.ts';
import { needs } from '../support/needs.ts';
import { becomeOtherUser, CAN_BE_ANOTHER_USER } from '../support/other-user.ts';
import { tempDir } from '../support/temp-dir.ts';

const needsAnother = needs('root, to become another user', CAN_BE_ANOTHER_USER);

test('a port that another user has is said to be theirs, by the start and by the command, and no token goes there', async (context) => {
  needsAnother(context);
  const other = await becomeOtherUser();
  const { port } = new URL(other.url);
  const theirs = `Port ${port} belongs to another user of this computer (nobody). Choose another`;
  const started = await start('headless.ts', ['--port', port], { dataDir: tempDir() }).ended;
  expect([started.code, started.stderr]).toEqual([69, expect.stringContaining(theirs)]);
  const trigger = await start('cli.ts', ['trigger', '--user', 'A', '--port', port], {
    env: { POPTRAY_TOKEN: 'a'.repeat(32) },
  }).ended;
  expect([trigger.code, trigger.stderr]).toEqual([69, expect.stringContaining(theirs)]);
});
