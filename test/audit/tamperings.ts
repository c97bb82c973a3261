/** What can be done to a log by hand: each is a row of the table that tamperings.test.ts holds. */
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { checkpointPath } from '../../main/audit/checkpoints/checkpoint-file.ts';
import { segmentName } from '../../main/audit/format/segments.ts';
import { type Base, restore, type Scene, segmentPath } from './tampered-log.ts';

export interface Tampering {
  readonly name: string;
  /** In which states of the log it is something that was done to it; all, if it does not say. */
  readonly bases?: readonly Base[];
  /** Also takes what is in the keychain's place where there is none. */
  readonly secrets?: 'early';
  apply(scene: Scene): void;
}

type Lines = string[];
const linesOf = (path: string): Lines => readFileSync(path, 'latin1').split(/(?<=\n)/);
const writeLines = (path: string, lines: Lines) => writeFileSync(path, lines.join(''), 'latin1');
const swap = (line: string, from: string | RegExp, to: string | ((...found: string[]) => string)) =>
  line.replace(from, to as string);
const at = (lines: Lines, index: number, how: (line: string) => string): Lines =>
  lines.with(index, how(lines.at(index) as string));
const middle = (lines: Lines) => Math.floor(lines.length / 2);
const flip = (line: string, back: number) => {
  const index = line.length - back;
  return line.slice(0, index) + (line[index] === 'A' ? 'B' : 'A') + line.slice(index + 1);
};

/** Changes of a segment's lines. */
const edits: Readonly<Record<string, (lines: Lines, scene: Scene) => Lines>> = {
  'an opening changed': (lines) => at(lines, 0, (line) => swap(line, 'continues', 'Continues')),
  'an opening’s segment changed': (lines) => at(lines, 0, (line) => swap(line, /segment \d+/, 'segment 9')),
  'an opening’s count changed': (lines) =>
    at(lines, 0, (line) => swap(line, /continues \d+/, 'continues 99')),
  'an opening’s key named otherwise': (lines) =>
    at(lines, 0, (line) => swap(line, /"keyId":"./, '"keyId":"g')),
  'a detail changed': (lines) => at(lines, 1, (line) => swap(line, /"detail":"./, '"detail":"Q')),
  'a time changed': (lines) => at(lines, 1, (line) => swap(line, '"timestamp":"2026', '"timestamp":"2025')),
  'a number changed': (lines) => at(lines, 1, (line) => swap(line, /"seq":\d/, '"seq":8')),
  'a type changed': (lines) => at(lines, 1, (line) => swap(line, '"type":"webhook"', '"type":"refused"')),
  'a last entry changed': (lines) => at(lines, -1, (line) => swap(line, /"uptimeMs":\d/, '"uptimeMs":7')),
  'a MAC changed': (lines) => at(lines, 1, (line) => flip(line, 20)),
  'a last MAC changed': (lines) => at(lines, -1, (line) => flip(line, 20)),
  'a MAC spelt otherwise': (lines) =>
    at(lines, -1, (line) => swap(line, /.="/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}="`)),
  'a space put in': (lines) => at(lines, 1, (line) => swap(line, ':', ': ')),
  'a member put in': (lines) => at(lines, 1, (line) => swap(line, '{"entry":{', '{"entry":{"a":1,')),
  'a CR before the newline': (lines) => at(lines, 1, (line) => swap(line, '\n', '\r\n')),
  'an empty line put in': (lines) => lines.toSpliced(1, 0, '\n'),
  'a byte order mark in front': (lines) => at(lines, 0, (line) => `\u00ef\u00bb\u00bf${line}`),
  'a first line removed': (lines) => lines.slice(1),
  'a second line removed': (lines) => lines.toSpliced(1, 1),
  'a middle line removed': (lines) => lines.toSpliced(middle(lines), 1),
  'two lines removed': (lines) => lines.toSpliced(1, 2),
  'two lines swapped': (lines) => lines.with(1, lines[2] as string).with(2, lines[1] as string),
  'lines in reverse': (lines) => lines.toReversed(),
  'a line twice': (lines) => lines.toSpliced(1, 0, lines[1] as string),
  'a line moved to the end': (lines) => [...lines.toSpliced(1, 1), lines[1] as string],
  'a line of another log put in': (lines, { other }) =>
    lines.with(1, `${other.files.get('audit/audit-000000000001.ndjson')}`.split(/(?<=\n)/)[1] as string),
  'all lines of another log': (_, { other }) =>
    `${other.files.get('audit/audit-000000000001.ndjson')}`.split(/(?<=\n)/),
  'every key named otherwise': (lines) =>
    lines.map((line) => swap(line, /"keyId":"[0-9a-f]{4}/, '"keyId":"ffff')),
  'all but the opening removed': (lines) => lines.slice(0, 1),
  'all lines removed': () => [],
  'zeros in the place of a line': (lines) => at(lines, 1, (line) => '\0'.repeat(line.length)),
};

/** Changes of a segment's end: of lines that are signed they are found, of the others only where they leave a trace. */
const cuts: Readonly<Record<string, (lines: Lines, scene: Scene) => Lines>> = {
  'its last line doubled': (lines) => [...lines, lines.at(-1) as string],
  'an old line appended': (lines) => [...lines, lines[1] as string],
  'a line with the next number appended': (lines) => {
    const seq = Number(/"seq":(\d+)/.exec(lines.at(-1) as string)?.[1]) + 1;
    return [...lines, swap(lines.at(-1) as string, /"seq":\d+/, `"seq":${seq}`)];
  },
  'text appended': (lines) => [...lines, 'text\n'],
  'an empty line appended': (lines) => [...lines, '\n'],
};

const files: Readonly<Record<string, (path: string) => void>> = {
  gone: (path) => rmSync(path),
  'moved away': (path) => renameSync(path, `${path}.old`),
  'numbered otherwise': (path) => renameSync(path, path.replace(/\d{12}/, '000000000777')),
  'cut by a byte': (path) => truncateSync(path, readFileSync(path).length - 1),
  'cut in half': (path) => truncateSync(path, Math.floor(readFileSync(path).length / 2)),
  'replaced by a folder': (path) => {
    rmSync(path);
    mkdirSync(path);
  },
  ...(process.platform !== 'win32' && {
    'replaced by a link': (path: string) => {
      renameSync(path, `${path}.old`);
      symlinkSync(`${path}.old`, path);
    },
    'replaced by a pipe': (path: string) => {
      rmSync(path);
      execFileSync('mkfifo', [path]);
    },
  }),
};

const SEGMENTS = [0, 1, -1];
const nameOf = (index: number) => ['the first segment', 'the second segment'][index] ?? 'the last segment';

const inSegments: Tampering[] = SEGMENTS.flatMap((index) => [
  ...Object.entries(edits).map(([what, how]) => ({
    name: `${nameOf(index)}: ${what}`,
    apply(scene: Scene) {
      const path = segmentPath(scene, index);
      writeLines(path, how(linesOf(path), scene));
    },
  })),
  ...Object.entries(files).map(([what, how]) => ({
    name: `${nameOf(index)} ${what}`,
    apply: (scene: Scene) => how(segmentPath(scene, index)),
  })),
]);

const atTheEnd: Tampering[] = Object.entries(cuts).map(([what, how]) => ({
  name: `the last segment: ${what}`,
  apply(scene) {
    const path = segmentPath(scene, -1);
    writeLines(path, how(linesOf(path), scene));
  },
}));

const between: Tampering[] = [
  {
    name: 'two segments swapped',
    apply(scene) {
      const [a, b] = [segmentPath(scene, 0), segmentPath(scene, 1)];
      const [first, second] = [readFileSync(a), readFileSync(b)];
      writeFileSync(a, second);
      writeFileSync(b, first);
    },
  },
  {
    name: 'two segments in one file',
    apply(scene) {
      const [a, b] = [segmentPath(scene, 0), segmentPath(scene, 1)];
      writeFileSync(a, Buffer.concat([readFileSync(a), readFileSync(b)]));
      rmSync(b);
    },
  },
  {
    name: 'a segment in two files',
    apply(scene) {
      const path = segmentPath(scene, 0);
      const lines = linesOf(path);
      const first = Number(/\d{12}/.exec(path)?.[0]);
      writeLines(path, lines.slice(0, 2));
      writeLines(join(scene.dir, segmentName(first + 2)), lines.slice(2));
    },
  },
  {
    name: 'all segments gone',
    apply: ({ dir }) => emptied(dir),
  },
  {
    name: 'the folder of the log gone',
    apply: ({ dir }) => rmSync(dir, { recursive: true }),
  },
  {
    name: 'the segments of another log',
    apply({ dir, other }) {
      emptied(dir);
      for (const [name, bytes] of other.files)
        if (name.startsWith('audit/')) writeFileSync(join(dir, '..', name), bytes);
    },
  },
  {
    name: 'all files of another log',
    apply: ({ dataDir, other }) => restore(dataDir, other),
  },
  {
    name: 'the folder of the log as it was on its first day',
    apply({ dir, early }) {
      emptied(dir);
      for (const [name, bytes] of early.files)
        if (name.startsWith('audit/')) writeFileSync(join(dir, '..', name), bytes);
    },
  },
  {
    name: 'a removal planted, with a checkpoint for its note',
    apply(scene) {
      const first = segmentPath(scene, 0);
      const note = (
        JSON.parse(`${scene.early.files.get('audit-checkpoint')}`.split('\n')[0] as string) as {
          note: string;
        }
      ).note;
      const path = segmentPath(scene, -1);
      const lines = linesOf(path);
      const planted = swap(
        swap(lines.at(-1) as string, /"type":"\w+"/, '"type":"removed"'),
        /"detail":("[^"]*"|null)/,
        () => `"detail":${JSON.stringify(note)}`,
      );
      writeFileSync(path, [...lines, planted].join(''), 'latin1');
      rmSync(first);
    },
  },
];

function emptied(dir: string): void {
  rmSync(dir, { recursive: true });
  mkdirSync(dir, { mode: 0o700 });
}

const spoil = (path: string, ...places: number[]) => {
  const bytes = readFileSync(path);
  for (const place of places) bytes.fill(' ', place, place + 20);
  writeFileSync(path, bytes);
};

/** What is done to the checkpoint's file, alone or to hide something else. */
const covers: Readonly<Record<string, (scene: Scene) => void>> = {
  'its checkpoint gone': ({ dataDir }) => rmSync(checkpointPath(dataDir)),
  'its checkpoint emptied': ({ dataDir }) => truncateSync(checkpointPath(dataDir), 0),
  'its checkpoint spoiled in both lines': ({ dataDir }) => spoil(checkpointPath(dataDir), 0, 4096),
  'its checkpoint replaced by another log’s': ({ dataDir, other }) =>
    writeFileSync(checkpointPath(dataDir), other.files.get('audit-checkpoint') as Buffer),
  'its checkpoint as it was on its first day': ({ dataDir, early }) =>
    writeFileSync(checkpointPath(dataDir), early.files.get('audit-checkpoint') as Buffer),
};

const hidden: Tampering[] = Object.entries(covers).flatMap(([cover, hide]) => [
  ...[
    ['a pop of the first day changed', (scene: Scene) => edit(scene, 0, 'a detail changed')],
    ['a pop of the last day changed', (scene: Scene) => edit(scene, -1, 'a detail changed')],
    ['the first day gone', (scene: Scene) => rmSync(segmentPath(scene, 0))],
    ['the last day gone', (scene: Scene) => rmSync(segmentPath(scene, -1))],
    [
      'the tail cut',
      (scene: Scene) => writeLines(segmentPath(scene, -1), linesOf(segmentPath(scene, -1)).slice(0, 2)),
    ],
    ['all segments gone', ({ dir }: Scene) => emptied(dir)],
  ].map(([what, how]) => ({
    name: `${what as string}, and ${cover}`,
    apply(scene: Scene) {
      (how as (scene: Scene) => void)(scene);
      hide(scene);
    },
  })),
]);

function edit(scene: Scene, index: number, what: string): void {
  const path = segmentPath(scene, index);
  writeLines(path, (edits[what] as (typeof edits)[string])(linesOf(path), scene));
}

const bereft: Tampering[] = Object.entries(covers).map(([name, apply]) => ({
  name: `only ${name}`,
  apply,
  // Of a log that has all its entries an old checkpoint is right, only old.
  ...(name.includes('first day') && { bases: ['shortened', 'shortened by two days'] }),
}));

const old: Tampering[] = [
  {
    name: 'the log and its checkpoint as they were on the first day',
    apply: ({ dataDir, early }) => restore(dataDir, early),
  },
  {
    name: 'all files as they were on the first day, keys in files included',
    secrets: 'early',
    apply: ({ dataDir, early }) => restore(dataDir, early),
  },
  {
    name: 'what no checkpoint counts yet cut off at the end of a line',
    bases: ['killed'],
    apply: (scene) => writeLines(segmentPath(scene, -1), linesOf(segmentPath(scene, -1)).slice(0, -1)),
  },
  {
    name: 'zeros in a line that no checkpoint counts yet',
    bases: ['killed'],
    apply(scene) {
      const path = segmentPath(scene, -1);
      writeLines(
        path,
        at(linesOf(path), -2, (line) => `${'\0'.repeat(40)}${line.slice(40)}`),
      );
    },
  },
  {
    name: 'the tail cut, and the newer line of the checkpoint spoiled',
    apply(scene) {
      writeLines(segmentPath(scene, -1), linesOf(segmentPath(scene, -1)).slice(0, 2));
      spoil(checkpointPath(scene.dataDir), 4096);
    },
  },
];

export const tamperings: readonly Tampering[] = [
  ...inSegments,
  ...atTheEnd,
  ...between,
  ...hidden,
  ...bereft,
  ...old,
];

/** What changes nothing that a log says. */
export const harmless: readonly Tampering[] = [
  { name: 'nothing', apply() {} },
  {
    name: 'the hashes beside the log gone',
    apply: (scene) => rmSync(segmentPath(scene, 0).replace('.ndjson', '.leaves'), { force: true }),
  },
  {
    name: 'the hashes beside the log spoiled',
    apply: (scene) =>
      writeFileSync(segmentPath(scene, 0).replace('.ndjson', '.leaves'), Buffer.alloc(300, 7)),
  },
  {
    name: 'a line of the checkpoint’s file spoiled',
    apply: ({ dataDir }) => spoil(checkpointPath(dataDir), 4096),
    bases: ['closed', 'shortened', 'shortened by two days'],
  },
  {
    name: 'a file that is none of ours',
    apply: ({ dir }) => writeFileSync(join(dir, 'audit-1.ndjson'), 'x'),
  },
  {
    name: 'a folder with the name of a segment to come',
    apply: ({ dir }) => mkdirSync(join(dir, segmentName(500))),
  },
];
