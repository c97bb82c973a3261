/** Fills a URI template. */
import { parseTemplate } from 'url-template';
import { withNamesDecoded } from '../../shared/uri-template.ts';

/** A template without a fault, filled; what `values` has not, or has empty, is left out. */
export function expandTemplate(template: string, values: Readonly<Record<string, string>>): string {
  const filled = Object.entries(values).filter(([, value]) => value !== '');
  // url-template looks names up as they are written, and encodes them.
  return parseTemplate(withNamesDecoded(template)).expand(
    Object.assign(Object.create(null), Object.fromEntries(filled)),
  );
}
