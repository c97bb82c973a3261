/** A log as poptray has left it, for whoever is to change it, and what each form of `audit verify` says of it. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint, parseSigningKey } from '../../main/audit/checkpoints/checkpoint.ts';
import { checkpointPath } from '../../main/audit/checkpoints/checkpoint-file.ts';
import { byCount, type Evidence, gatherEvidence, knownOf } from '../../main/audit/checkpoints/evidence.ts';
import { rootKey } from '../../main/audit/checkpoints/keys.ts';
import { auditDir, listSegments } from '../../main/audit/format/segments.ts';
import { openAuditLog } from '../../main/audit/open-audit-log.ts';
import type { Verdict } from '../../main/audit/verify/verify.ts';
import type { Secrets } from '../../main/secrets/secrets.ts';
import { newEntry } from '../../shared/new-entry.ts';
import { createMemorySecrets } from '../support/audit-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { verifyLog } from '../support/verify-log.ts';
import { type Finding, secondVerifier } from './second-verifier.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const START = Date.parse('2026-11-23T12:00:00Z');

export const NAMES = [
  'audit-key',
  'audit-root',
  'audit-signing-key',
  'audit-checkpoint',
  'audit-witness',
  'digest-key',
] as const;

/** All files of a data folder by their path in it, and its secrets. */
export interface Snapshot {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly secrets: Readonly<Record<string, string>>;
}

/** How the log was left. */
export type Base = 'closed' | 'killed' | 'shortened' | 'shortened by two days';
export const bases: readonly Base[] = ['closed', 'killed', 'shortened', 'shortened by two days'];

/** What is done to a log, and all that whoever does it may have at hand. */
export interface Scene {
  readonly dataDir: string;
  readonly dir: string;
  /** As it was at the end of its first day. */
  readonly early: Snapshot;
  /** Another log, of the same length. */
  readonly other: Snapshot;
}

/** Everything that a test of one store needs: the logs in their three states, and what is known of them elsewhere. */
export interface World {
  readonly bases: Readonly<Record<Base, Snapshot>>;
  readonly early: Snapshot;
  readonly other: Snapshot;
  readonly root: string;
  readonly publicKey: string;
  /** Those that receivers got: of the first day, and the last one. */
  readonly notes: Readonly<Record<Base, { readonly early: string; readonly last: string }>>;
}

export function snapshotOf(dataDir: string, secrets: Readonly<Record<string, string>>): Snapshot {
  const names = ['audit-checkpoint', ...readdirSync(auditDir(dataDir)).map((name) => join('audit', name))];
  const files = new Map(
    names
      .filter((name) => !name.endsWith('writer.lock'))
      .map((name) => [name, readFileSync(join(dataDir, name))]),
  );
  return { files, secrets: { ...secrets } };
}

/** Puts those files in the place of all that are there. */
export function restore(dataDir: string, { files }: Pick<Snapshot, 'files'>): void {
  rmSync(auditDir(dataDir), { recursive: true, force: true });
  rmSync(checkpointPath(dataDir), { recursive: true, force: true });
  mkdirSync(auditDir(dataDir), { recursive: true, mode: 0o700 });
  for (const [name, bytes] of files) writeFileSync(join(dataDir, name), bytes, { mode: 0o600 });
}

async function open(dataDir: string, secrets: Secrets, day: number) {
  // Each day the machine was started anew.
  const clock = { ...createFakeClock(START + day * DAY_MS), boot: `boot of day ${day}` };
  const auditLog = await openAuditLog({
    dataDir,
    secrets,
    clock,
    onEntry() {},
    onLogFault() {},
    onFault: () => () => {},
  });
  return {
    auditLog,
    clock,
    add: (detail: string) => auditLog.audit.append(newEntry('webhook', { detail }), 'durable'),
  };
}

const kept = async (secrets: Secrets): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await Promise.all(NAMES.map(async (name) => [name, await secrets.get(name)] as const))).flatMap(
      ([name, value]) => (value === undefined ? [] : [[name, value]]),
    ),
  );

/** Writes the logs with these secrets, in this folder. */
export async function makeWorld(dataDir: string, secrets: Secrets): Promise<World> {
  const take = async () => snapshotOf(dataDir, await kept(secrets));
  const days = async (from: number, to: number) => {
    for (let day = from; day < to; day += 1) {
      const { auditLog, add } = await open(dataDir, secrets, day);
      for (const detail of ['a', 'b', 'c']) await add(`${detail} of day ${day}`);
      await auditLog.audit.close();
    }
  };
  await days(0, 1);
  const early = await take();
  const earlyNote = noteIn(early);
  await days(1, 3);
  const closed = await take();

  const last = await open(dataDir, secrets, 2);
  for (const detail of ['x', 'y', 'z']) await last.add(detail);
  const killed = await take();
  await last.auditLog.audit.close();

  /** The log as it was closed, and retention removes what is older than so many days. */
  const shorten = async (keepDays: number) => {
    restore(dataDir, closed);
    for (const [name, value] of Object.entries(closed.secrets)) await secrets.set(name as 'audit-key', value);
    const { auditLog, clock, add } = await open(dataDir, secrets, 3);
    await add('of day 3');
    await clock.advance(10_000);
    const present = { at: clock.now(), boot: clock.boot, uptimeMs: clock.uptime(), isChecked: true };
    await auditLog.removeOld(DAY_MS * keepDays, present, Number.POSITIVE_INFINITY);
    await auditLog.audit.close();
    return take();
  };
  const shortened = await shorten(2.5);
  const shortenedByTwo = await shorten(1.5);

  const otherDir = `${dataDir}-other`;
  const otherSecrets = createMemorySecrets();
  for (let day = 0; day < 3; day += 1) {
    const { auditLog, add } = await open(otherDir, otherSecrets, day);
    for (const detail of ['a', 'b', 'c']) await add(`${detail} of day ${day}`);
    await auditLog.audit.close();
  }
  const other = snapshotOf(otherDir, otherSecrets.kept);
  const { text: publicKey } = parseSigningKey(closed.secrets['audit-signing-key'] as string);
  const notesOf = (snapshot: Snapshot) => ({ early: earlyNote, last: noteIn(snapshot) });
  return {
    bases: { closed, killed, shortened, 'shortened by two days': shortenedByTwo },
    early,
    other,
    root: closed.secrets['audit-root'] as string,
    publicKey,
    notes: {
      closed: notesOf(closed),
      killed: notesOf(killed),
      shortened: notesOf(shortened),
      'shortened by two days': notesOf(shortenedByTwo),
    },
  };
}

/** The furthest in the file. */
function noteIn({ files }: Snapshot): string {
  const lines = `${files.get('audit-checkpoint')}`.split('\n').filter((line) => line.trim() !== '');
  const notes = lines.map((line) => `${(JSON.parse(line) as { note: string }).note}`);
  return notes.sort((a, b) => Number(a.split('\n')[1]) - Number(b.split('\n')[1])).at(-1) as string;
}

export const forms = ['here', 'root', 'public', 'early', 'last'] as const;
export type Form = (typeof forms)[number];

type Said = Verdict['verdict'];

/** What each form says: here; elsewhere with the root, or the public key; here with an early checkpoint, or the last one. */
export async function judge(
  dataDir: string,
  secrets: Secrets,
  { root, publicKey }: Pick<World, 'root' | 'publicKey'>,
  notes: { readonly early: string; readonly last: string },
): Promise<Record<Form, Said>> {
  const path = checkpointPath(dataDir);
  const here = await gatherEvidence(secrets, path);
  const signer = parseSigningKey((await secrets.get('audit-signing-key')) as string);
  const elsewhere = await knownOf(createMemorySecrets(), path, signer);
  const say = (evidence: Evidence | undefined): Said =>
    evidence ? verifyLog(auditDir(dataDir), evidence).verdict : 'no-key';
  const given = (note: string): Evidence | undefined => {
    const checkpoint = openCheckpoint(note, signer);
    if (!here || !checkpoint) return undefined;
    return { ...here, checkpoints: byCount([...here.checkpoints, checkpoint]) };
  };
  const verifier = signer;
  const said = {
    here: say(here),
    root: say({ key: rootKey(root), verifier, ...elsewhere }),
    public: elsewhere.checkpoints.length === 0 ? 'no-key' : say({ verifier, ...elsewhere }),
    early: say(given(notes.early)),
    last: say(given(notes.last)),
  } as const;
  const theirs = secondOpinions(dataDir, await kept(secrets), { root, publicKey }, notes);
  for (const form of forms) {
    // Without any checkpoint a public key tells nothing: the command says so, a verifier that the log is not whole.
    if (said[form] === 'no-key' && theirs[form].verdict === 'tampered') continue;
    if (said[form] !== theirs[form].verdict)
      throw new Error(`${form}: ${said[form]}, but the second verifier says ${theirs[form].verdict}`);
  }
  return said;
}

function secondOpinions(
  dataDir: string,
  secrets: Readonly<Record<string, string>>,
  { root, publicKey }: Pick<World, 'root' | 'publicKey'>,
  notes: { readonly early: string; readonly last: string },
): Record<Form, Finding> {
  const note = secrets['audit-checkpoint'];
  const here = {
    publicKey,
    root: secrets['audit-root'],
    kept: secrets['audit-key'],
    notes: note === undefined ? [] : [`${note.trimEnd()}\n`],
  };
  // Here the checkpoint beside the log is demanded also of who was given one.
  const and = (more: string) => ({ ...here, notes: [...here.notes, more] });
  return {
    here: secondVerifier(dataDir, here),
    root: secondVerifier(dataDir, { publicKey, root }),
    public: secondVerifier(dataDir, { publicKey }),
    early: secondVerifier(dataDir, and(notes.early)),
    last: secondVerifier(dataDir, and(notes.last)),
  };
}

/** Starts poptray's log, appends, lets it sign, and stops it; what refuses to start or to write may. */
export async function startOnce(dataDir: string, secrets: Secrets): Promise<void> {
  try {
    const { auditLog, clock, add } = await open(dataDir, secrets, 3);
    await add('after the start').catch(() => {});
    await clock.advance(10_000);
    await auditLog.audit.close();
  } catch {
    // Said to whoever starts it.
  }
}

export const segmentPath = ({ dir }: Scene, index: number): string =>
  join(dir, listSegments(dir).at(index) as string);
