import { createPublicKey, randomBytes, verify } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  newSigningKey,
  openCheckpoint,
  parseSigningKey,
  parseVerifier,
  signCheckpoint,
} from '../../main/audit/checkpoints/checkpoint.ts';
import { createMemorySecrets, openTestLog } from '../support/audit-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const SIGNER = parseSigningKey(newSigningKey());
const hash = () => randomBytes(32).toString('latin1');
const signed = (count = 7) => signCheckpoint({ count, root: hash(), mac: randomBytes(32) }, SIGNER);

describe('a checkpoint', () => {
  test('is a signed note in the form of C2SP’s tlog-checkpoint', () => {
    const root = Buffer.alloc(32, 1).toString('latin1');
    const { note } = signCheckpoint({ count: 20852163, root, mac: Buffer.alloc(32, 2) }, SIGNER);
    const [text, line] = note.split('\n\n') as [string, string];
    expect(text.split('\n')).toEqual([
      SIGNER.name,
      '20852163',
      'AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=',
      'mac AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=',
    ]);
    const [dash, name, signature] = line.trimEnd().split(' ') as [string, string, string];
    expect([dash, name]).toEqual(['—', SIGNER.name]);
    // By hand, as the pages of C2SP have it.
    const key = SIGNER.text.split('+').slice(2).join('+');
    const spki = Buffer.concat([
      Buffer.from('302a300506032b6570032100', 'hex'),
      Buffer.from(key, 'base64').subarray(1),
    ]);
    const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    const bytes = Buffer.from(signature, 'base64');
    expect(bytes.length).toBe(68);
    expect(verify(null, Buffer.from(`${text}\n`), publicKey, bytes.subarray(4))).toBe(true);
  });

  test('has the key id of the note in C2SP’s example', () => {
    // From the documentation of golang.org/x/mod/sumdb/note.
    const peter = parseVerifier('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
    expect(peter?.id.toString('hex')).toBe('c74f20a3');
    expect(
      parseVerifier('PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'),
    ).toBeUndefined();
  });

  test('says again what was signed, its range included', () => {
    const about = { count: 5, root: hash(), mac: randomBytes(32), range: [hash(), hash()] };
    const checkpoint = signCheckpoint(about, SIGNER);
    expect(openCheckpoint(checkpoint.note, SIGNER)).toEqual(checkpoint);
    expect(openCheckpoint(signed(0).note, SIGNER)?.count).toBe(0);
  });

  test('is not believed with any character changed, nor with another key', () => {
    const { note } = signed();
    for (let at = 0; at < note.length; at += 1) {
      const changed = note.slice(0, at) + (note[at] === 'x' ? 'y' : 'x') + note.slice(at + 1);
      expect(openCheckpoint(changed, SIGNER), changed).toBeUndefined();
    }
    expect(openCheckpoint(note, parseSigningKey(newSigningKey()))).toBeUndefined();
  });

  test('of any other text is none, and no text makes it throw', () => {
    const { note } = signed();
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.tuple(fc.string(), fc.string()).map(([before, after]) => before + note + after),
      fc.array(fc.constantFrom(...note.split('\n'))).map((lines) => lines.join('\n')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre(text !== note);
        expect(openCheckpoint(text, SIGNER)).toBeUndefined();
        expect(parseVerifier(text)).toBeUndefined();
      }),
    );
  });
});

test('a signing key has a name of its own and is kept as text', () => {
  const text = newSigningKey();
  const signer = parseSigningKey(text);
  expect(text).toMatch(/^PRIVATE\+KEY\+poptray\/[0-9a-f]{16}\+[0-9a-f]{8}\+/);
  expect(parseVerifier(signer.text)?.text).toBe(signer.text);
  expect(() => parseSigningKey('PRIVATE+KEY+x')).toThrow(RangeError);
});

test('nothing ticks while nothing happens', async () => {
  const clock = createFakeClock();
  for (const source of ['file', 'keychain'] as const) {
    const log = await openTestLog({ clock, secrets: createMemorySecrets({}, source) });
    await log.add('an entry');
    for (let seconds = 0; seconds < 60; seconds += 5) await clock.advance(5000);
    expect([source, clock.pending()]).toEqual([source, []]);
    await log.close();
  }
});

test('one that the keychain does not take is told, and so is that the next start has brought it there', async () => {
  const clock = createFakeClock();
  const secrets = createMemorySecrets({}, 'keychain');
  const told: unknown[] = [];
  const report = (...given: unknown[]) => told.push(given);
  const { set } = secrets;
  const log = await openTestLog({ clock, secrets, report });
  secrets.set = () => Promise.reject(Object.assign(new Error('no'), { code: 'SECRETS_LOCKED' }));
  await log.add('an entry');
  await clock.advance(20_000);
  const why = expect.stringContaining('could not be put among the secrets (SECRETS_LOCKED)');
  expect(told).toEqual([['checkpoint copy', 'audit-checkpoint', { code: 'SECRETS_LOCKED', why }]]);
  await log.close();

  secrets.set = set;
  const { dataDir } = log;
  const again = await openTestLog({ dataDir, clock, secrets, report });
  await again.add('another');
  await clock.advance(20_000);
  expect(told.at(-1)).toEqual(['checkpoint copy', 'audit-checkpoint', null]);
});
