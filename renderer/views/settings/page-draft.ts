/** Which page an application shows and what it hands over, as a person edits it. */
import type { Application } from '../../../shared/application.ts';
import { expandTemplate, templateFault, variablesOf } from '../../../shared/uri-template.ts';

type PageSettings = Pick<
  Application,
  'baseUri' | 'target' | 'exposes' | 'fallback' | 'fragment' | 'context' | 'allowPlaceholders'
>;

export interface PageDraft {
  readonly isTemplate: boolean;
  /** A URL, or a template. */
  readonly address: string;
  /** Whether servers and histories may see the variables of the template. */
  readonly mayExpose: boolean;
  readonly fallback: string;
  readonly context: 'none' | 'fragment' | 'sealed';
  readonly allowPlaceholders: boolean;
}

/** What the settings look like in the form. */
export function pageDraftOf({
  baseUri,
  target,
  exposes = [],
  fallback = '',
  fragment = target === undefined,
  context,
  allowPlaceholders = false,
}: PageSettings): PageDraft {
  const address = target ?? baseUri ?? '';
  const variables = target === undefined ? [] : namesIn(target);
  return {
    isTemplate: target !== undefined,
    address,
    mayExpose: variables.length > 0 && variables.every((name) => exposes.includes(name)),
    fallback,
    context: context === 'sealed' ? 'sealed' : fragment ? 'fragment' : 'none',
    allowPlaceholders,
  };
}

/** The settings that the form makes; what is as it is without them is left out. */
export function pageOfDraft(draft: PageDraft): PageSettings {
  const { isTemplate, address, mayExpose, fallback, context, allowPlaceholders } = draft;
  const names = isTemplate && mayExpose ? namesIn(address) : [];
  const hasFragment = context !== 'none';
  return {
    ...(isTemplate ? { target: address } : { baseUri: address }),
    ...(names.length > 0 && { exposes: names }),
    ...(isTemplate && fallback !== '' && { fallback }),
    // A page has it unless it is told otherwise, a template has it not.
    ...(hasFragment === isTemplate && { fragment: hasFragment }),
    ...(context === 'sealed' && { context }),
    ...(allowPlaceholders && { allowPlaceholders }),
  };
}

/** The names of a template's variables, each once; none while it is no template yet. */
export function namesIn(template: string): string[] {
  if (templateFault(template) !== null) return [];
  return [...new Set(variablesOf(template).map(({ name }) => name))];
}

/** What a sample call becomes; null while it is no template yet. */
export function sampleOf(template: string): string | null {
  if (templateFault(template) !== null) return null;
  return expandTemplate(
    template,
    Object.fromEntries(namesIn(template).map((name) => [name, sampleValue(name)])),
  );
}

function sampleValue(name: string): string {
  if (/^call\.(from|to|remote)(Raw)?$/.test(name)) return '+493090182010';
  if (name === 'call.direction') return 'inbound';
  return /name/i.test(name) ? 'Ada Lovelace' : '12345';
}
