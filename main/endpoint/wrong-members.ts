/** How a member that is wrong is pointed at: for the caller by its name, in our own logs without what a caller named. */
import * as z from 'zod';
import { pointerTo } from '../../shared/pointer.ts';
import type { Step } from '../../shared/read-json.ts';
import type { Settings } from '../../shared/settings.ts';
import type { WrongMember } from '../pipeline/errors.ts';

/** Names of members that stand in the settings themselves. */
export function namesIn({ applications }: Pick<Settings, 'applications'>): ReadonlySet<string> {
  return new Set(applications.flatMap(({ state }) => Object.keys(state)));
}

/** Beside the names of the schema and those that are `known`, a position stands for what a caller named. */
export function wrongMember(
  schema: z.ZodType,
  steps: readonly Step[],
  detail: string,
  known: ReadonlySet<string>,
): WrongMember {
  const path = steps.map(({ name }) => name);
  const logged = steps.map(({ name, position }, index) => {
    const isOurs = Object.hasOwn(shapeAt(schema, path.slice(0, index)) ?? {}, name);
    return isOurs || typeof name === 'number' || known.has(String(name)) ? name : `#${position}`;
  });
  return { pointer: pointerTo(path), detail, logged: pointerTo(logged) };
}

/** The steps along a path in a value; a member that is not there comes after the last. */
export function stepsTo(path: readonly PropertyKey[], value: unknown): Step[] {
  let at = value;
  return path.map((name) => {
    const siblings = typeof at === 'object' && at !== null ? Object.keys(at) : [];
    const index = siblings.indexOf(String(name));
    at = index < 0 ? undefined : (at as Record<PropertyKey, unknown>)[name];
    return { name, position: (index < 0 ? siblings.length : index) + 1 };
  });
}

/** ` (did you mean userId?)` for a name that is one of the schema's, written otherwise; else nothing. */
export function didYouMean(schema: z.ZodType, path: readonly PropertyKey[], name: string): string {
  const bare = (text: string) => text.toLowerCase().replace(/[^a-z]/g, '');
  const meant = Object.keys(shapeAt(schema, path) ?? {}).find((known) => bare(known) === bare(name));
  return meant === undefined ? '' : ` (did you mean ${meant}?)`;
}

/** The members of the object that a schema has at a path; undefined where it names none. */
function shapeAt(
  schema: z.ZodType,
  [name, ...rest]: readonly PropertyKey[],
): Readonly<Record<string, z.ZodType>> | undefined {
  if (schema instanceof z.ZodOptional)
    return shapeAt(schema.unwrap() as z.ZodType, name === undefined ? [] : [name, ...rest]);
  if (!(schema instanceof z.ZodObject)) return undefined;
  if (name === undefined) return schema.shape;
  return Object.hasOwn(schema.shape, name) ? shapeAt(schema.shape[String(name)], rest) : undefined;
}
