/** Writes the settings file, once all of it fits. */
import { join } from 'node:path';
import { pointerTo } from '../../shared/pointer.ts';
import { type Settings, settingsSchema } from '../../shared/settings.ts';
import { writePrivateFile } from './private-file.ts';

export type Saved =
  | { readonly settings: Settings }
  | { readonly errors: { readonly pointer: string; readonly detail: string }[] };

/** Nothing is written when a member does not fit; each error has the RFC 6901 pointer of one. */
export function saveSettings(dataDir: string, settings: unknown): Saved {
  const parsed = settingsSchema.safeParse(settings);
  if (!parsed.success) {
    const errors = parsed.error.issues.map(({ path, message }) => ({
      pointer: pointerTo(path),
      detail: message,
    }));
    return { errors };
  }
  writePrivateFile(join(dataDir, 'settings.json'), `${JSON.stringify(parsed.data, null, 2)}\n`);
  return { settings: parsed.data };
}
