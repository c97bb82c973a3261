/** `settings.json` in the data folder, through conf, and the last good copy of it, which counts while the file will not do. */
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  readFileSync,
  renameSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { JsonRefused } from '../../shared/read-json.ts';
import type { Settings } from '../../shared/settings.ts';
import { NotUtf8, textIn } from '../../shared/utf8.ts';
import { readPrivateFile, writePrivateFile } from '../platform/private-file.ts';
import { FileUntrusted, readTrustedFile } from '../platform/trusted-file.ts';
import { Conf } from './conf.ts';
import { isOfEarlierVersion, parseObject, SettingsInvalid, settingsIn, upgraded } from './settings-parse.ts';

export interface SettingsFile {
  /** What it says, or what its last good copy says. */
  readonly settings: Settings;
  /** What is wrong with the file while the copy counts, for people; else null. */
  readonly fault: string | null;
  /** Whether it says which port it is, were it the usual one. */
  readonly isPortNamed: boolean;
  /** What its last good copy says; undefined while there is none. */
  readonly lastGood: Settings | undefined;
  /** Makes what was read the last good copy, if it is not. One of an earlier version is rewritten, and kept as settings.v1.json. */
  keepGood(): void;
  /** Replaces the file. What somebody else has put there is kept aside: returns under which name, or null. */
  write(settings: Settings): string | null;
}

/** The file as version 1 had it, for who goes back. */
const BACKUP = 'settings.v1.json';

interface Whole {
  readonly text?: string;
  /** Of a file of ours that an earlier version has written: what it is to be replaced with. */
  readonly upgrade?: string;
  /** Whether what was read is to be kept when something else is saved: somebody else has placed it, or it is of an earlier version. */
  readonly isToKeep: boolean;
  readonly settings: Settings;
  readonly isPortNamed: boolean;
}

/** A missing file means the defaults, and is not made. Throws SettingsInvalid when neither the file nor a copy will do. */
export function openSettingsFile(dataDir: string): SettingsFile {
  const path = join(dataDir, 'settings.json');
  const copyPath = join(dataDir, 'settings.good.json');
  let { fault, text, upgrade, settings, isPortNamed, isToKeep } = readEither(dataDir, copyPath);

  /** Cut off after either step, it is done anew at the next start. */
  function rewrite(): void {
    // What somebody has put there meanwhile is looked at by the next start.
    if (upgrade === undefined || text === undefined || textAt(path) !== text) return;
    const backup = join(dataDir, BACKUP);
    const former = textAt(backup);
    if (former !== text) {
      if (former !== undefined) keepAside(dataDir, BACKUP);
      writePrivateFile(backup, text);
    }
    writePrivateFile(path, upgrade);
    text = upgrade;
    upgrade = undefined;
    isToKeep = false;
  }

  return {
    get settings() {
      return settings;
    },
    get fault() {
      return fault;
    },
    get isPortNamed() {
      return isPortNamed;
    },
    get lastGood() {
      return readCopy(copyPath)?.settings;
    },
    keepGood() {
      rewrite();
      if (text !== undefined && textAt(copyPath) !== text) writePrivateFile(copyPath, text);
    },
    write(next) {
      const found = textAt(path);
      const aside =
        found === undefined || (found === text && !isToKeep) ? null : keepAside(dataDir, 'settings.json');
      // The dashboard saves all members; the usual port stays nobody's wish until it is another one.
      const { port, ...others } = next;
      isPortNamed ||= port !== settingsIn({}).port;
      const saved = textOf(isPortNamed ? next : others);
      writePrivateFile(path, saved);
      text = saved;
      upgrade = undefined;
      settings = next;
      isToKeep = false;
      fault = null;
      writePrivateFile(copyPath, saved);
      return aside;
    },
  };
}

function textOf(settings: object): string {
  return `${JSON.stringify(settings, null, 2)}\n`;
}

function readEither(dataDir: string, copyPath: string): Whole & { fault: string | null } {
  try {
    return { ...readFile(dataDir), fault: null };
  } catch (error) {
    if (!(error instanceof SettingsInvalid)) throw error;
    const copy = readCopy(copyPath);
    if (copy === undefined) {
      throw new SettingsInvalid(`${error.message}\nMend it, or move it away to start from the defaults.`);
    }
    return { ...copy, fault: error.message };
  }
}

function readFile(dataDir: string): Whole {
  let text: string | undefined;
  const path = join(dataDir, 'settings.json');
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false)
    throw new SettingsInvalid('settings.json is not a regular file');
  closeToOthers(path);
  try {
    const conf = new Conf<Record<string, unknown>>({
      cwd: dataDir,
      configName: 'settings',
      clearInvalidConfig: false,
      configFileMode: 0o600,
      // Of the bytes: what conf has made a text of has lost what is no UTF-8.
      deserialize() {
        text = textIn(readTrustedFile(path, dataDir));
        return parseObject(text);
      },
    });
    accessSync(conf.path, constants.R_OK);
    const given = { ...conf.store };
    const settings = settingsIn(given);
    const [isOld, isOthers] = [isOfEarlierVersion(given), !isOurs(conf.path)];
    return {
      ...(text !== undefined && { text }),
      ...(isOld && !isOthers && { upgrade: textOf(upgraded(given)) }),
      settings,
      isPortNamed: 'port' in given,
      isToKeep: isOthers || isOld,
    };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof SettingsInvalid) throw error;
    if (code === 'ENOENT') return { settings: settingsIn({}), isPortNamed: false, isToKeep: false };
    if (error instanceof FileUntrusted) throw new SettingsInvalid(`settings.json is not used: ${message}`);
    if (error instanceof SyntaxError) {
      const place = /\(line \d+ column \d+\)/.exec(message)?.[0] ?? '';
      throw new SettingsInvalid(`settings.json is not a JSON object ${place}`.trimEnd());
    }
    if (error instanceof NotUtf8)
      throw new SettingsInvalid(
        `settings.json ${message}: save it as UTF-8, with or without a byte order mark`,
      );
    if (error instanceof JsonRefused) throw new SettingsInvalid(`settings.json: ${error.sentence}`);
    throw new SettingsInvalid(`settings.json cannot be read: ${code}`);
  }
}

/** Whether it stands in the folder itself, and is this user's. */
function isOurs(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && (process.platform === 'win32' || stats.uid === process.getuid?.());
}

/** What an editor or a copy has left open; where it cannot be closed, it is judged as it is. */
function closeToOthers(path: string): void {
  if (!isOurs(path)) return;
  try {
    chmodSync(path, 0o600);
  } catch {
    // A file system that is read-only, or that has no modes.
  }
}

/** One that is missing, spoiled, or could have been written by others is none. */
function readCopy(path: string): Whole | undefined {
  try {
    const text = readPrivateFile(path);
    if (text === undefined) return undefined;
    const given = parseObject(text);
    return { settings: settingsIn(given), isPortNamed: 'port' in given, isToKeep: false };
  } catch {
    return undefined;
  }
}

/** Empty for what is there and cannot be read; undefined when nothing is. */
function textAt(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : '';
  }
}

/** Gives the file a second name that nothing has; the first stays, so that a crash now leaves the folder as it was. */
function keepAside(dataDir: string, file: string): string {
  const path = join(dataDir, file);
  let number = 1;
  const name = () => `settings.replaced-${number}.json`;
  while (existsSync(join(dataDir, name()))) number += 1;
  const aside = join(dataDir, name());
  try {
    linkSync(path, aside);
  } catch {
    // A folder in its place, or a file system without links.
    renameSync(path, aside);
  }
  return name();
}
