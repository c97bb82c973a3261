import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Checkpoint, openCheckpoint, parseVerifier } from '../../main/audit/checkpoints/checkpoint.ts';
import { checkpointPath, readMarks } from '../../main/audit/checkpoints/checkpoint-file.ts';
import { type Evidence, gatherEvidence } from '../../main/audit/checkpoints/evidence.ts';
import { parseRoot } from '../../main/audit/checkpoints/root-file.ts';
import { createMemorySecrets, type WrittenLog, writeTestLog } from '../support/audit-log.ts';
import { ONE_LOOK_MS, quickest } from '../support/quickest.ts';
import { verifyLog } from '../support/verify-log.ts';
import { anyEdit, edited } from './arbitraries.ts';

const SIZE = 64 * 1024;
const anyText = (right: string) =>
  fc.oneof(
    anyEdit.map((edit) => edited(Buffer.from(right), edit).toString()),
    fc.string({ unit: 'binary' }),
  );
const rootFileOf = (log: WrittenLog, { verifier }: Evidence) =>
  `root ${log.secrets.kept['audit-root']}\n${verifier.text}\n`;
const keysOf = ({ key, verifier }: Evidence) => ({ key, verifier: verifier.text });

describe('what a log is judged by', () => {
  test('is the same evidence or none, whatever bytes were changed in the checkpoint’s file', async () => {
    const log = await writeTestLog([5]);
    const { verifier, checkpoints } = await log.evidence();
    const checkpoint = checkpoints.at(-1);
    const path = checkpointPath(log.dataDir);
    const file = readFileSync(path);
    fc.assert(
      fc.property(anyEdit, fc.boolean(), (edit, isAlone) => {
        const changed = edited(isAlone ? file.subarray(4096) : file, edit);
        writeFileSync(path, changed);
        const mark = readMarks(path, verifier).at(-1);
        expect([undefined, 0, checkpoint?.count]).toContain(mark?.checkpoint.count);
        if (mark?.checkpoint.count) expect(mark.checkpoint).toEqual(checkpoint);
      }),
      { numRuns: 500 },
    );
  });

  test('is none, the same, or finds the log not whole, where a secret was spoiled; nothing is thrown that could quote one', async () => {
    const log = await writeTestLog([1]);
    const { kept } = log.secrets;
    const { checkpoints } = await log.evidence();
    const path = checkpointPath(log.dataDir);
    const anySecret = fc
      .constantFrom('audit-root', 'audit-key', 'audit-signing-key', 'audit-checkpoint', 'audit-witness')
      .chain((name) => fc.tuple(fc.constant(name), anyText(kept[name] ?? '')));
    await fc.assert(
      fc.asyncProperty(anySecret, fc.boolean(), async ([name, text], hasRoot) => {
        const secrets = { ...kept, [name]: text };
        if (!hasRoot) delete secrets['audit-root'];
        const found = await gatherEvidence(createMemorySecrets(secrets), path);
        // Of the keys one decides: the root while it is here.
        if (!found) expect(['audit-signing-key', hasRoot ? 'audit-root' : 'audit-key']).toContain(name);
        else if (isDeepStrictEqual(keysOf(found), keysOf(await log.evidence(hasRoot ? 'root' : 'live'))))
          expect(checkpoints).toEqual(expect.arrayContaining(found.checkpoints as Checkpoint[]));
        else expect(verifyLog(log.dir, found).verdict).not.toBe('whole');
      }),
      { numRuns: 500 },
    );
  });

  test('is none in a file that is not quite what an auditor got', async () => {
    const log = await writeTestLog([1]);
    const evidence = await log.evidence();
    const root = rootFileOf(log, evidence);
    expect(parseRoot(root)?.verifier.text).toBe(evidence.verifier.text);
    fc.assert(
      fc.property(anyText(root), anyText(evidence.verifier.text), (rootText, keyText) => {
        parseRoot(rootText);
        expect([undefined, evidence.verifier.text]).toContain(parseVerifier(keyText)?.text);
      }),
      { numRuns: 500 },
    );
  });

  test.each(['x', ' ', '\n', 'AAAA', '0', '+', '— ', '\0', '[', '{"note":"\\n'])(
    'is read in one look from 64 KiB of %j, alone or within what is right',
    async (piece) => {
      const log = await writeTestLog([1]);
      const evidence = await log.evidence();
      const { verifier } = evidence;
      const filler = piece.repeat(SIZE / piece.length);
      const path = checkpointPath(log.dataDir);
      const within = (text: string) => [filler, text + filler, filler + text, text.replace(/\s/, filler)];
      const note = `${evidence.checkpoints.at(-1)?.note}`;
      for (const text of within(note))
        expect(quickest(() => openCheckpoint(text, verifier))).toBeLessThan(ONE_LOOK_MS);
      for (const text of within(verifier.text))
        expect(quickest(() => parseVerifier(text))).toBeLessThan(ONE_LOOK_MS);
      for (const text of within(rootFileOf(log, evidence)))
        expect(quickest(() => parseRoot(text))).toBeLessThan(ONE_LOOK_MS);
      for (const text of within(readFileSync(path, 'utf8'))) {
        writeFileSync(path, text);
        expect(quickest(() => readMarks(path, verifier))).toBeLessThan(ONE_LOOK_MS);
      }
    },
  );
});
