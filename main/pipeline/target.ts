/** Which page a trigger is to show: the application's own, or the one that its template becomes (contract §3). */
import type { Application } from '../../shared/application.ts';
import { pointerTo } from '../../shared/pointer.ts';
import type { Trigger } from '../../shared/trigger.ts';
import { expandTemplate, variablesOf } from '../../shared/uri-template.ts';
import { PopError } from './errors.ts';
import type { Context } from './inject-context.ts';

export interface Target {
  /** May have values of the context in path and query: never log it. */
  readonly page: string;
  /** The page or its template as configured, without the fragment of a page. */
  readonly logged: string;
}

/** Throws PopError `target_incomplete`, and `invalid_trigger` for a value that would be a step in a path. */
export function targetOf(application: Application, trigger: Trigger, context: Context): Target {
  const { baseUri, target: template, fallback } = application;
  if (template === undefined) return asConfigured(baseUri ?? '');
  const values = Object.fromEntries(context);
  const needed = variablesOf(template).filter(({ isOptional }) => !isOptional);
  const missing = needed.find(({ name }) => !values[name]);
  if (missing && fallback !== undefined) return asConfigured(fallback);
  if (missing) throw incomplete(missing.name, trigger);
  const step = needed.find(({ name }) => /^\.\.?$/.test(values[name] ?? ''));
  if (step) throw unfit(step.name, trigger);
  return { page: expandTemplate(template, values), logged: template };
}

/** RFC 6901: where a trigger has what stands under a name of the context. */
export function pointerInTrigger(name: string, { call }: Pick<Trigger, 'call'>): string {
  if (!name.startsWith('call.')) return pointerTo(['customerData', name]);
  const member = name.slice('call.'.length).replace(/Raw$/, '');
  if (!['remote', 'national', 'digits'].includes(member)) return pointerTo(['call', member]);
  return call?.direction === 'outbound' ? '/call/to' : '/call/from';
}

function asConfigured(page: string): Target {
  return { page, logged: page.replace(/#.*$/s, '') };
}

function incomplete(name: string, trigger: Trigger): PopError {
  const errors = [{ pointer: pointerInTrigger(name, trigger), detail: 'is needed by the target page' }];
  return new PopError('target_incomplete', `the target page needs ${name}, which the trigger lacks`, {
    errors,
  });
}

function unfit(name: string, trigger: Trigger): PopError {
  const detail = 'cannot be . or .., which would lead to another page';
  return new PopError('invalid_trigger', `${name} ${detail}`, {
    errors: [{ pointer: pointerInTrigger(name, trigger), detail }],
  });
}
