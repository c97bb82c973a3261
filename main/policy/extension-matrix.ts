/** May this extension, in this browser, show this pop? Ranges and patterns are read once, so that a pop costs next to nothing. */
import { MatchPattern } from '@webext-core/match-patterns';
import semver from 'semver';
import type { Extension, ExtensionMatrix } from '../../shared/extension-matrix.ts';
import type { State, Trigger } from '../../shared/trigger.ts';

export interface ExtensionPop {
  readonly client: Trigger['client'];
  /** The page with its context. */
  readonly uri: string;
  readonly state: State;
}

/** In the order in which they are looked at. */
const RULES = [
  'matrix-unfit',
  'extension-unsaid',
  'extension-unlisted',
  'extension-version',
  'browser',
  'browser-version',
  'host-access',
  'ui-mode',
  'uri-length',
] as const;

export interface Incompatibility {
  readonly rule: (typeof RULES)[number];
  readonly detail: string;
}

/** What a pop breaks, if anything. */
export type MatrixCheck = (pop: ExtensionPop) => Incompatibility | undefined;

/** A range or a pattern that cannot be read; `path` leads to it in the file. */
export class MatrixInvalid extends Error {
  override readonly name = 'MatrixInvalid';
  readonly path: readonly PropertyKey[];
  constructor(path: readonly PropertyKey[], message: string) {
    super(message);
    this.path = path;
  }
}

/** `page` is where the application's pops lead, without context. Throws MatrixInvalid. */
export function compileMatrix({ extensions, unlisted, unsaid }: ExtensionMatrix, page: string): MatrixCheck {
  const isLenient = unsaid === 'allow';
  const rows = Map.groupBy(
    extensions.map((extension, index) => ({
      id: extension.id,
      check: compileRow(extension, page, isLenient, ['extensions', index]),
    })),
    ({ id }) => id,
  );
  return (pop) => {
    const id = pop.client?.extensionId;
    if (id === undefined) {
      return isLenient
        ? undefined
        : broken('extension-unsaid', 'the trigger does not say which extension it is');
    }
    const own = rows.get(id);
    if (!own) {
      return unlisted === 'allow'
        ? undefined
        : broken('extension-unlisted', 'the matrix has no such extension');
    }
    // One row that fits will do; else the reason is that of the row that came nearest.
    let nearest: Incompatibility | undefined;
    for (const { check } of own) {
      const found = check(pop);
      if (!found) return undefined;
      if (!nearest || RULES.indexOf(found.rule) > RULES.indexOf(nearest.rule)) nearest = found;
    }
    return nearest;
  };
}

function compileRow(
  { id, name, versions, browsers, hosts, uiModes, maxUriLength }: Extension,
  page: string,
  isLenient: boolean,
  path: readonly PropertyKey[],
): MatrixCheck {
  const who = name ?? id;
  const isVersion = compileRange(versions, isLenient, [...path, 'versions']);
  const ranges = browsers?.map((browser, index) => ({
    name: browser.name.toLowerCase(),
    versions: browser.versions,
    isVersion: compileRange(browser.versions, isLenient, [...path, 'browsers', index, 'versions']),
  }));
  const hasAccess =
    hosts === undefined ||
    hosts.map((host, index) => matches(host, page, [...path, 'hosts', index])).includes(true);

  return ({ client = {}, uri, state }) => {
    if (!isVersion(client.extensionVersion))
      return broken('extension-version', `${who} is needed in ${versions}`);
    if (ranges && !(client.browser === undefined && isLenient)) {
      const own = ranges.filter((range) => range.name === client.browser?.toLowerCase());
      const [first] = own;
      if (!first) return broken('browser', `${who} runs in ${ranges.map((range) => range.name).join(', ')}`);
      if (!own.some((range) => range.isVersion(client.browserVersion))) {
        return broken('browser-version', `${who} needs ${first.name} in ${first.versions}`);
      }
    }
    if (!hasAccess) return broken('host-access', `${who} has no access to the page`);
    const { uiMode } = state;
    if (uiModes && uiMode !== undefined && !uiModes.some((one) => one === uiMode)) {
      return broken('ui-mode', `${who} knows the modes ${uiModes.join(', ')}`);
    }
    if (maxUriLength !== undefined && uri.length > maxUriLength) {
      return broken(
        'uri-length',
        `${who} takes ${maxUriLength} characters; the page with its context has ${uri.length}`,
      );
    }
    return undefined;
  };
}

/** Whether a version is in the range; one that is not said is, if that is allowed. A pre-release counts by its order. */
function compileRange(text: string, isLenient: boolean, path: readonly PropertyKey[]) {
  let range: semver.Range;
  try {
    range = new semver.Range(text, { includePrerelease: true });
  } catch {
    throw new MatrixInvalid(path, 'must be a semver range, such as ">=4.1.0 <6"');
  }
  return (version: string | undefined): boolean => {
    if (version === undefined) return isLenient;
    // Browsers count with up to four numbers, of which a range knows three.
    const isPlain = /^\d{1,9}(\.\d{1,9}){0,3}$/.test(version);
    const parsed = semver.parse(version) ?? (isPlain ? semver.coerce(version) : null);
    return parsed !== null && range.test(parsed);
  };
}

function matches(pattern: string, page: string, path: readonly PropertyKey[]): boolean {
  try {
    return new MatchPattern(pattern).includes(page);
  } catch {
    throw new MatrixInvalid(
      path,
      'must be a match pattern for http or https, such as https://*.example.com/*',
    );
  }
}

function broken(rule: Incompatibility['rule'], detail: string): Incompatibility {
  return { rule, detail };
}
