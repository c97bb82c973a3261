/** What a phone should have filled in, and has not: contract §3. */
import type { Application } from '../../shared/application.ts';
import { pointerTo } from '../../shared/pointer.ts';
import type { Trigger } from '../../shared/trigger.ts';
import { variablesOf } from '../../shared/uri-template.ts';
import { applicationOf } from './check-target.ts';
import { PopError, type WrongMember } from './errors.ts';
import { pointerInTrigger } from './target.ts';

const NAME = '[A-Za-z][\\w.-]*';
const PLACEHOLDER = new RegExp(
  `^(?:%${NAME}%|%%${NAME}%%|\\{${NAME}\\}|\\$\\{${NAME}\\}|\\$${NAME}\\$?|\\[${NAME}\\]|<${NAME}>)$`,
);

/** `%Name%`, `%%Name%%`, `{Name}`, `${Name}`, `$Name`, `$Name$`, `[Name]` or `<Name>`, and nothing else. */
export function isPlaceholder(value: string): boolean {
  return PLACEHOLDER.test(value);
}

/** Parts of a trigger with nothing but texts that a phone can fill in. */
const PARTS = ['call', 'customerData', 'client'] as const;

/**
 * The trigger without its unfilled placeholders; the application's `state` is left alone. Throws PopError `invalid_trigger`
 * where one stands for the caller, or for a variable that the target uses: a page about nobody is worse than none.
 */
export function withoutPlaceholders(trigger: Trigger, applications: readonly Application[]): Trigger {
  const filled = filledIn(trigger);
  if (filled === trigger) return trigger;
  const application = applicationOf(applications, filled.application);
  if (application?.allowPlaceholders) return trigger;

  const variables = application?.target === undefined ? [] : variablesOf(application.target);
  const needed = new Set(['/call/from', ...variables.map(({ name }) => pointerInTrigger(name, trigger))]);
  const errors = PARTS.flatMap((part) =>
    Object.entries(trigger[part] ?? {}).flatMap(([name, word]): WrongMember[] => {
      const pointer = pointerTo([part, name]);
      if (!needed.has(pointer) || word === undefined || !isPlaceholder(word)) return [];
      return [{ pointer, detail: `is a placeholder, which ${NOBODY}`, told: `is ${word}, which ${NOBODY}` }];
    }),
  );
  if (errors.length === 0) return filled;
  throw new PopError('invalid_trigger', `a field has a placeholder, which ${NOBODY}`, { errors });
}

const NOBODY = 'the phone has not filled in';

/** The trigger itself, where it has none. */
function filledIn(trigger: Trigger): Trigger {
  const isUnfilled = (value: unknown) => typeof value === 'string' && isPlaceholder(value);
  const without = <Part extends object>(part: Part): Part =>
    Object.values(part).some(isUnfilled)
      ? (Object.fromEntries(Object.entries(part).filter(([, value]) => !isUnfilled(value))) as Part)
      : part;
  const bare = without(trigger);
  const parts = PARTS.flatMap((name) => {
    const part = bare[name];
    const filled = part && without(part);
    return filled === part ? [] : [[name, filled] as const];
  });
  return parts.length === 0 ? bare : { ...bare, ...Object.fromEntries(parts) };
}
