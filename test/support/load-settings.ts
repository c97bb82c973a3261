import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openSettings } from '../../main/config/settings.ts';
import { SettingsInvalid } from '../../main/config/settings-parse.ts';
import type { Environment } from '../../main/platform/environment.ts';
import { tempDir } from './temp-dir.ts';

/** Loads from a folder whose settings.json holds this text or object, or from an empty one. */
export function load(file?: unknown, env: Environment = {}) {
  const dir = tempDir();
  if (file !== undefined) {
    writeFileSync(join(dir, 'settings.json'), typeof file === 'string' ? file : JSON.stringify(file));
  }
  return openSettings(dir, env).current;
}

/** The message of the refusal. */
export function refusal(file?: unknown, env: Environment = {}): string {
  try {
    load(file, env);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsInvalid);
    return (error as Error).message;
  }
  return expect.fail('it was accepted');
}

export const APPLICATION = {
  id: 'a',
  baseUri: 'https://a.example/',
  allowedOrigins: ['https://a.example'],
  mode: 'all' as const,
};
export const GENESYS = {
  id: 'genesys',
  kind: 'genesys-screenpops',
  region: 'mypurecloud.de',
  clientId: 'file-client',
};
