/** Each rule of the verifier by itself: the others hold, the checkpoint included, as whoever has the keys can make it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseSigningKey, signCheckpoint } from '../../main/audit/checkpoints/checkpoint.ts';
import { rootKey } from '../../main/audit/checkpoints/keys.ts';
import { createTree, leafHash } from '../../main/audit/checkpoints/merkle.ts';
import { canonicalEntry, formatLine, keyOf, link, parseLine } from '../../main/audit/format/chain.ts';
import { openingIn } from '../../main/audit/format/entry.ts';
import { asWritten, openTestLog, type WrittenLog, writeTestLog } from '../support/audit-log.ts';
import { verifyLog } from '../support/verify-log.ts';

/** Lets the second segment begin with another opening, chains what follows anew, and signs all of it. */
async function verdictWithOpening(log: WrittenLog, change: (detail: string) => string) {
  const { 'audit-root': root = '', 'audit-signing-key': signing = '' } = log.secrets.kept;
  const [first, second] = log.segments as [WrittenLog['segments'][number], WrittenLog['segments'][number]];
  const entries = second.lines.filter(Boolean).map((line) => JSON.parse(line).entry);
  entries[0].detail = change(entries[0].detail);
  const opening = openingIn(Buffer.from(JSON.stringify(entries[0])));
  const key = keyOf(opening?.segment ?? 1, rootKey(root));
  let mac = parseLine(Buffer.from(first.lines.filter(Boolean).at(-1) ?? ''))?.mac as Buffer;
  const lines = entries.map((entry) => {
    const json = canonicalEntry({ ...entry, keyId: key?.id });
    mac = link(mac, json, key as NonNullable<typeof key>);
    return formatLine(json, mac);
  });
  writeFileSync(second.path, lines.join(''));
  const tree = createTree();
  for (const line of [...first.lines.filter(Boolean), ...lines]) {
    // As leafHash wants it: a byte is free before the line.
    tree.add(leafHash(Buffer.from(` ${line}`).subarray(1)));
  }
  const checkpoint = signCheckpoint({ count: tree.size, root: tree.root(), mac }, parseSigningKey(signing));
  return verifyLog(log.dir, { ...(await log.evidence()), checkpoints: [checkpoint] });
}

describe('an opening of a segment', () => {
  test('that says what is so is right', async () => {
    const log = await writeTestLog([2, 2]);
    expect(await verdictWithOpening(log, (detail) => detail)).toMatchObject({ verdict: 'whole', entries: 6 });
  });

  test.each<[string, (detail: string) => string]>([
    ['another count of entries', (detail) => detail.replace('continues 3', 'continues 2')],
    ['the MAC of another entry', (detail) => detail.replace(/at .*/, `at ${'A'.repeat(43)}=`)],
    ['the number of a later segment', (detail) => detail.replace('segment 1', 'segment 2')],
  ])('with %s is tampered', async (_, change) => {
    const log = await writeTestLog([2, 2]);
    expect(await verdictWithOpening(log, change)).toMatchObject({
      verdict: 'tampered',
      fault: { seq: 4, reason: 'it does not continue what is before it' },
    });
  });
});

test('of an entry that was changed and a later segment that is broken, the first is named, without any key', async () => {
  const log = await writeTestLog([2, 2, 2, 2]);
  const [first, second] = log.segments as [WrittenLog['segments'][number], WrittenLog['segments'][number]];
  writeFileSync(first.path, readFileSync(first.path, 'utf8').replace('entry 0 of', 'entry X of'));
  writeFileSync(second.path, second.lines.with(1, 'no line\n').join(''));
  expect(verifyLog(log.dir, await log.evidence('public'))).toMatchObject({
    verdict: 'tampered',
    fault: { seq: 2 },
  });
});

test('the same MAC in another spelling of base64 is none, also behind the last checkpoint', async () => {
  const log = await openTestLog();
  for (const detail of ['a', 'b']) await log.add(detail);
  const written = asWritten(log);
  const evidence = await written.evidence();
  expect(verifyLog(log.dir, evidence)).toMatchObject({ verdict: 'whole', entries: 3, vouched: 0 });
  const path = written.segments[0]?.path as string;
  const text = readFileSync(path, 'utf8');
  const respelled = text.replace(/(.)="\}\n$/, (_, last: string) => `${next(last)}="}\n`);
  expect(macOf(respelled)).toEqual(macOf(text));
  writeFileSync(path, respelled);
  expect(verifyLog(log.dir, evidence)).toMatchObject({ verdict: 'tampered', fault: { seq: 3 } });
  writeFileSync(path, text);

  /** The next digit differs in bits that 32 bytes have no use for. */
  function next(digit: string): string {
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    return digits[digits.indexOf(digit) + 1] as string;
  }

  function macOf(lines: string): Buffer {
    return Buffer.from(JSON.parse(lines.trim().split('\n').at(-1) ?? '').mac, 'base64');
  }
});
