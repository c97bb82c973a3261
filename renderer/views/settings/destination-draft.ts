/** A destination as a person edits it: for each kind the texts of its own fields, so that none gets another's members. */
import type { DestinationField, DestinationKind } from '../../../shared/destinations/fields.ts';
import { readJsonText } from '../../../shared/read-json.ts';
import type { FieldProblem } from '../../parts/problems-at.ts';

export interface DestinationDraft {
  readonly key: number;
  readonly id: string;
  readonly kind: string;
  readonly isRequired: boolean;
  /** By kind, then by the path of the field. A check is `true` or empty. */
  readonly texts: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

interface Saved {
  readonly id: string;
  readonly kind: string;
  readonly required?: boolean | undefined;
}

/** What the settings look like in the form; the fields of the other kinds are new ones. */
export function destinationDraftOf(
  destination: Saved,
  kinds: readonly DestinationKind[],
  key: number,
): DestinationDraft {
  const texts = kinds.map(({ kind, fields }) => {
    const isSet = kind === destination.kind;
    const text = (field: DestinationField) =>
      isSet ? textIn(valueAt(destination, field.path), field) : (field.initial ?? '');
    return [kind, Object.fromEntries(fields.map((field) => [field.path, text(field)]))];
  });
  const { id, kind, required = true } = destination;
  return { key, id, kind, isRequired: required, texts: Object.fromEntries(texts) };
}

/** One that somebody is about to describe: of a kind that is not among the others, if there is one. */
export function newDestination(
  others: readonly DestinationDraft[],
  kinds: readonly DestinationKind[],
  key: number,
): DestinationDraft {
  // The first kind is a stand-in, to try things out.
  const real = kinds.slice(1);
  const kind = real.find((one) => !others.some((other) => other.kind === one.kind)) ?? real[0];
  const named = { id: freeId(kind?.usualId ?? '', others), kind: kind?.kind ?? '' };
  const blank = destinationDraftOf({ id: '', kind: '' }, kinds, key);
  return { ...blank, ...named };
}

/** Of another kind; an id that nobody has chosen goes with it. */
export function withKind(
  draft: DestinationDraft,
  kind: string,
  all: readonly DestinationDraft[],
  kinds: readonly DestinationKind[],
): DestinationDraft {
  const usualId = (name: string) => kinds.find((one) => one.kind === name)?.usualId ?? '';
  const isChosen = draft.id.replace(/-\d+$/, '') !== usualId(draft.kind);
  const others = all.filter((other) => other.key !== draft.key);
  return { ...draft, kind, id: isChosen ? draft.id : freeId(usualId(kind), others) };
}

function freeId(id: string, others: readonly DestinationDraft[]): string {
  const isFree = (wanted: string) => !others.some((other) => other.id.toLowerCase() === wanted.toLowerCase());
  let number = 1;
  const next = () => (number === 1 ? id : `${id}-${number}`);
  while (!isFree(next())) number += 1;
  return next();
}

/** The fields of the kind that is chosen, which there are as things stand. */
export function fieldsOf(draft: DestinationDraft, kinds: readonly DestinationKind[]): DestinationField[] {
  const fields = kinds.find(({ kind }) => kind === draft.kind)?.fields ?? [];
  return fields.filter(({ when }) => !when || when.is.includes(textOfField(draft, when.path)));
}

export function textOfField({ kind, texts }: DestinationDraft, path: string): string {
  return texts[kind]?.[path] ?? '';
}

/** Where what is wrong with a field is found, in the destination at this place. */
export function pointerOf({ path }: DestinationField, index: number): string {
  return `/destinations/${index}/${path.replaceAll('.', '/')}`;
}

/** With another text in a field of the kind that is chosen. */
export function withText(draft: DestinationDraft, path: string, text: string): DestinationDraft {
  const { kind, texts } = draft;
  return { ...draft, texts: { ...texts, [kind]: { ...texts[kind], [path]: text } } };
}

/** The settings that the form makes, with the members of the chosen kind alone; `index` is its place among all. */
export function destinationOfDraft(
  draft: DestinationDraft,
  kinds: readonly DestinationKind[],
  index: number,
): { destination: unknown; problems: FieldProblem[] } {
  const destination: Record<string, unknown> = {
    id: draft.id.trim(),
    kind: draft.kind,
    ...(!draft.isRequired && { required: false }),
  };
  const problems: FieldProblem[] = [];
  for (const field of fieldsOf(draft, kinds)) {
    const text = textOfField(draft, field.path);
    if (text === '' && !field.mayBeEmpty) continue;
    try {
      put(destination, field.path.split('.'), valueIn(text, field));
    } catch {
      problems.push({ pointer: pointerOf(field, index), detail: 'must be JSON' });
    }
  }
  return { destination, problems };
}

function textIn(value: unknown, { control }: DestinationField): string {
  if (value === undefined || value === false) return '';
  if (control === 'json') return JSON.stringify(value, null, 2);
  if (control === 'numbers' || control === 'list') return (value as unknown[]).join(', ');
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
  if (control === 'number') return numberIn(text);
  if (control === 'numbers') return partsOf(text).map(numberIn);
  if (control === 'list') return partsOf(text);
  if (control !== 'pairs') return text;
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const [name = '', ...value] = line.split(':');
      return [name.trim(), value.join(':').trim()];
    }),
  );
}

function partsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((part) => part !== '');
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
