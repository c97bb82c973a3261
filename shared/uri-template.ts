/**
 * URI templates (RFC 6570), of which `{x}`, `{/x}`, `{?x,y}` and `{&x,y}` are taken: there a value can neither end the part
 * of the URL that it stands in nor begin another.
 */
import { parseTemplate } from 'url-template';
import { isHttpsOrLoopback } from './urls.ts';

const NAME = '(?:\\w|%[0-9A-Fa-f]{2})(?:[\\w.]|%[0-9A-Fa-f]{2})*';
const EXPRESSION = new RegExp(`\\{([/?&]?)(${NAME}(?:,${NAME})*)\\}`, 'g');

/** What RFC 6570 (or url-template, which expands) would read as more than a name. */
const NO_NAME = /[{},:*]|^[+#./;?&=!@|]/;

export interface TemplateVariable {
  /** Decoded. */
  readonly name: string;
  /** Whether the URL does without it: a query does, a path does not. */
  readonly isOptional: boolean;
}

/** Why a text is no template that begins with a whole origin; null if it is one. */
export function templateFault(template: string): string | null {
  const fixed = fixedPartOf(template);
  if (!/^https?:\/\/[^/?#]+\//.test(fixed) || !isHttpsOrLoopback(fixed))
    return 'must begin with a whole https origin and a slash; http only for 127.0.0.1, localhost or [::1]';
  const literals = template.replace(EXPRESSION, '');
  if (/[{}]/.test(literals)) return 'must have of RFC 6570 {x}, {/x}, {?x,y} and {&x,y} alone';
  if (BROKEN_PERCENT.test(literals)) return 'has a % that two hex digits do not follow';
  if (/[^!-~]|["<>\\^`|]/.test(literals)) return 'has a character that must be percent-encoded in a URL';
  const path = literals.replace(/[?#].*$/s, '');
  if (path.split('/').some((segment) => /^(\.|%2e){1,2}$/i.test(segment)))
    return 'must have no . or .. as a segment of the path';
  return [...template.matchAll(EXPRESSION)].map(expressionFault).find((fault) => fault !== null) ?? null;
}

/** A percent sign that is not the beginning of an encoded byte. */
export const BROKEN_PERCENT = /%(?![0-9A-Fa-f]{2})/;

/** All before the first expression. */
export function fixedPartOf(template: string): string {
  return template.replace(/\{.*$/s, '');
}

/** The variables of a template without a fault, in order. */
export function variablesOf(template: string): TemplateVariable[] {
  return [...template.matchAll(EXPRESSION)].flatMap((match) => {
    const [, operator = '', names = ''] = match;
    const isOptional = operator === '?' || operator === '&' || placeOf(match).includes('?');
    return names.split(',').map((name) => ({ name: decodeURIComponent(name), isOptional }));
  });
}

/** A template without a fault, filled; what `values` has not, or has empty, is left out. */
export function expandTemplate(template: string, values: Readonly<Record<string, string>>): string {
  const filled = Object.entries(values).filter(([, value]) => value !== '');
  // url-template looks names up as they are written, and encodes them.
  const decoded = template.replace(EXPRESSION, (expression) => decodeURIComponent(expression));
  return parseTemplate(decoded).expand(Object.assign(Object.create(null), Object.fromEntries(filled)));
}

/** What stands before an expression in its part of the URL: the fragment, or what is before that. */
function placeOf({ input, index }: RegExpExecArray): string {
  const before = input.slice(0, index).replace(EXPRESSION, (_, operator: string) => operator);
  return before.slice(before.lastIndexOf('#') + 1);
}

function expressionFault(match: RegExpExecArray): string | null {
  const [, operator = '', names = ''] = match;
  const place = placeOf(match);
  if (operator === '?' && place.includes('?'))
    return 'must have {?x} before any other query: use {&x} behind it';
  if (operator === '&' && !place.includes('?')) return 'must have {&x} behind a query: use {?x} to begin one';
  return names.split(',').some((name) => !isName(name)) ? 'has a variable that is no name' : null;
}

function isName(encoded: string): boolean {
  try {
    return !NO_NAME.test(decodeURIComponent(encoded));
  } catch {
    return false;
  }
}
