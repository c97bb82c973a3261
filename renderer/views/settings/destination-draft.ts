/** A destination as a person edits it: for each kind the texts of its own fields, so that none gets another's members. */
import type { DestinationField, DestinationKind } from '../../../shared/destinations/fields.ts';
import { readJsonText } from '../../../shared/read-json.ts';
import type { FieldProblem } from '../../parts/problems-at.ts';

export interface DestinationDraft {
  readonly kind: string;
  /** By kind, then by the path of the field. A check is `true` or empty. */
  readonly texts: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What the settings look like in the form; the fields of the other kinds are new ones. */
export function destinationDraftOf(
  destination: { readonly kind: string },
  kinds: readonly DestinationKind[],
): DestinationDraft {
  const texts = kinds.map(({ kind, fields }) => {
    const isSet = kind === destination.kind;
    const text = (field: DestinationField) =>
      isSet ? textIn(valueAt(destination, field.path), field) : (field.initial ?? '');
    return [kind, Object.fromEntries(fields.map((field) => [field.path, text(field)]))];
  });
  return { kind: destination.kind, texts: Object.fromEntries(texts) };
}

/** The fields of the kind that is chosen, which there are as things stand. */
export function fieldsOf(draft: DestinationDraft, kinds: readonly DestinationKind[]): DestinationField[] {
  const fields = kinds.find(({ kind }) => kind === draft.kind)?.fields ?? [];
  return fields.filter(({ when }) => !when || when.is.includes(textOfField(draft, when.path)));
}

export function textOfField({ kind, texts }: DestinationDraft, path: string): string {
  return texts[kind]?.[path] ?? '';
}

/** Where what is wrong with a field is found. */
export function pointerOf({ path }: DestinationField): string {
  return `/destination/${path.replaceAll('.', '/')}`;
}

/** With another text in a field of the kind that is chosen. */
export function withText(draft: DestinationDraft, path: string, text: string): DestinationDraft {
  const { kind, texts } = draft;
  return { kind, texts: { ...texts, [kind]: { ...texts[kind], [path]: text } } };
}

/** The settings that the form makes, with the members of the chosen kind alone. */
export function destinationOfDraft(
  draft: DestinationDraft,
  kinds: readonly DestinationKind[],
): { destination: unknown; problems: FieldProblem[] } {
  const destination: Record<string, unknown> = { kind: draft.kind };
  const problems: FieldProblem[] = [];
  for (const field of fieldsOf(draft, kinds)) {
    const text = textOfField(draft, field.path);
    if (text === '' && !field.mayBeEmpty) continue;
    try {
      put(destination, field.path.split('.'), valueIn(text, field));
    } catch {
      problems.push({ pointer: pointerOf(field), detail: 'must be JSON' });
    }
  }
  return { destination, problems };
}

function textIn(value: unknown, { control }: DestinationField): string {
  if (value === undefined || value === false) return '';
  if (control === 'json') return JSON.stringify(value, null, 2);
  if (control === 'numbers') return (value as number[]).join(', ');
  if (control === 'pairs')
    return Object.entries(value as Record<string, string>)
      .map(([name, text]) => `${name}: ${text}`)
      .join('\n');
  return String(value);
}

/** What is no number, or no pair, stays as it is, so that the app says what is wrong with it. Throws for what is not JSON. */
function valueIn(text: string, { control }: DestinationField): unknown {
  if (control === 'json') return readJsonText(text);
  if (control === 'check') return text === 'true';
  if (control === 'numbers')
    return text.split(/[\s,]+/).flatMap((part) => (part === '' ? [] : [numberIn(part)]));
  if (control !== 'pairs') return text;
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const [name = '', ...value] = line.split(':');
      return [name.trim(), value.join(':').trim()];
    }),
  );
}

function numberIn(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function valueAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((part, name) => (part as Record<string, unknown> | undefined)?.[name], value);
}

function put(target: Record<string, unknown>, [name = '', ...rest]: string[], value: unknown): void {
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  target[name] ??= {};
  put(target[name] as Record<string, unknown>, rest, value);
}
