/** The members of the settings that only the shell looks at. */
import * as z from 'zod';
import type { Dashboard } from '../dashboard/dashboard.ts';

// Not strict: the rest of the settings is the app's, which has parsed them already.
const shellSettingsSchema = z.object({
  autostart: z.boolean().default(false),
  updateFeed: z.string().optional().describe('Where updates are looked for; none: nowhere.'),
});

export type ShellSettings = z.output<typeof shellSettingsSchema>;

/** The shell's part of any settings object; throws ZodError if it is not one. */
export function shellSettingsOf(settings: object): ShellSettings {
  return shellSettingsSchema.parse(settings);
}

/** Calls `onChange` after every change of the settings that went through `dashboard`. */
export function watchSettings(
  dashboard: Pick<Dashboard, 'call'>,
  onChange: (settings: ShellSettings) => void,
): Pick<Dashboard, 'call'> {
  return {
    async call(name, request) {
      const result = await dashboard.call(name, request);
      if (name === 'settingsSet' && result.ok && 'settings' in result.value)
        onChange(shellSettingsOf(result.value.settings));
      return result;
    },
  };
}
