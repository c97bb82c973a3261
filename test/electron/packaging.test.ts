import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const REPO = join(import.meta.dirname, '../..');
// Both come with electron-builder; neither is the project's own.
const require = createRequire(
  createRequire(join(REPO, 'package.json')).resolve('app-builder-lib/package.json'),
);
const { load } = require('js-yaml') as { load(text: string): Record<string, unknown> };
const { Ajv } = createRequire(join(REPO, 'package.json'))('ajv') as {
  Ajv: new (
    options: object,
  ) => { compile(schema: unknown): ((value: unknown) => boolean) & { errors?: unknown } };
};

const config = load(readFileSync(join(REPO, 'electron-builder.yml'), 'utf8'));

/** What electron-builder itself would say about a configuration. */
function faultsOf(value: unknown): unknown {
  const schema = JSON.parse(readFileSync(require.resolve('app-builder-lib/scheme.json'), 'utf8'));
  const validate = new Ajv({ strict: false, validateFormats: false, logger: false }).compile(schema);
  return validate(value) ? [] : validate.errors;
}

test('the packaging fits electron-builder’s own schema, which does find faults', () => {
  expect(faultsOf(config)).toEqual([]);
  expect(faultsOf({ ...config, electronFuse: {} })).not.toEqual([]);
  expect(faultsOf({ ...config, electronFuses: { runAsNode: 'no' } })).not.toEqual([]);
});

test('what is installed cannot be turned into a Node, and loads nothing but its own archive', () => {
  expect(config.electronFuses).toEqual({
    runAsNode: false,
    enableCookieEncryption: false,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    grantFileProtocolExtraPrivileges: false,
  });
});

test('the files that the packaging names are there, and the scheme is the one that is read', () => {
  const { win, mac, linux, protocols } = config as {
    win: { icon: string };
    mac: { icon: string; entitlements: string; hardenedRuntime: boolean };
    linux: { icon: string };
    protocols: { schemes: string[] }[];
  };
  for (const file of [win.icon, mac.icon, mac.entitlements, linux.icon])
    expect(existsSync(join(REPO, file)), file).toBe(true);
  expect(mac.hardenedRuntime).toBe(true);
  expect(protocols.flatMap(({ schemes }) => schemes)).toEqual(['poptray']);
});

test('W13 the licences of what is bundled are in every installer, as a file that people can read', () => {
  expect(config.extraResources).toEqual([
    { from: 'dist/THIRD-PARTY-LICENSES.txt', to: 'THIRD-PARTY-LICENSES.txt' },
  ]);
});
