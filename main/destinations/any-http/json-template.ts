/** JSON with names in braces, and what stands in JSON under a pointer. */

/** A text that is one name becomes its value, of whatever type; in longer texts, names become text. */
export function fill(template: unknown, values: Readonly<Record<string, unknown>>): unknown {
  if (typeof template === 'string') return fillText(template, values);
  if (Array.isArray(template)) return template.map((part) => fill(part, values));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([name, part]) => [name, fill(part, values)]));
}

function fillText(text: string, values: Readonly<Record<string, unknown>>): unknown {
  const only = /^\{([A-Za-z]+)\}$/.exec(text)?.[1];
  if (only !== undefined && Object.hasOwn(values, only)) return values[only];
  return text.replace(/\{([A-Za-z]+)\}/g, (whole, name: string) => {
    if (!Object.hasOwn(values, name)) return whole;
    const value = values[name];
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
}

/** The value at an RFC 6901 pointer; undefined where there is none. */
export function valueAt(value: unknown, pointer: string): unknown {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return steps.reduce<unknown>(
    (part, step) =>
      typeof part === 'object' && part !== null && Object.hasOwn(part, step)
        ? part[step as keyof typeof part]
        : undefined,
    value,
  );
}
