/** What each section of the settings gets of the form around it. */
import type { FieldProblem } from '../../parts/problems-at.ts';
import { problemAt } from '../../parts/problems-at.ts';
import type { SettingsDraft } from './settings-draft.ts';

export interface SettingsForm {
  readonly draft: SettingsDraft;
  readonly problems: readonly FieldProblem[];
  /** Whether the environment sets this member, given as in `destinations.ID.region`. */
  isLocked(path: string): boolean;
  /** Whether this member was changed and counts from the next start on. */
  isWaiting(member: string): boolean;
  change(part: Partial<SettingsDraft>): void;
}

type TextMember = {
  [Name in keyof SettingsDraft]: SettingsDraft[Name] extends string ? Name : never;
}[keyof SettingsDraft];

/** What a field needs to say what is wrong and whether it can be changed. */
export function fieldOf(form: SettingsForm, path: string) {
  return {
    error: problemAt(form.problems, `/${path.replaceAll('.', '/')}`),
    isLocked: form.isLocked(path),
  };
}

/** Binds a text of the draft to its control. */
export function textOf(form: SettingsForm, name: TextMember) {
  return {
    value: form.draft[name],
    autocomplete: 'off' as const,
    spellcheck: false,
    onInput: ({ currentTarget }: { currentTarget: { value: string } }) =>
      form.change({ [name]: currentTarget.value }),
  };
}

/** The environment's members may be named with dots or as pointers; what is above a field locks it too. */
export function lockOf(fromEnvironment: readonly string[]): SettingsForm['isLocked'] {
  const locked = fromEnvironment.map((name) => name.replace(/^\//, '').replaceAll('/', '.'));
  return (path) => locked.some((name) => path === name || path.startsWith(`${name}.`));
}
