/** What there is to know of a kind of destination without opening it: schema, dashboard, command and doctor read this alone. */
import type * as z from 'zod';
import type { DestinationSecretName } from '../secret-names.ts';
import type { DestinationField } from './fields.ts';

export interface DestinationSecret<Config> {
  /** `destination:<id>:<name>` is the whole one. */
  readonly name: DestinationSecretName;
  /** The variable that it can come from where the destination has its usual id. */
  readonly variable?: string;
  /** The address that it goes to, for whose origin alone it is used; null where these settings have no use for it. */
  url(config: Config): string | null;
}

export interface DestinationForm<Schema extends z.ZodObject = z.ZodObject> {
  readonly kind: string;
  /** The id of one that nobody has named otherwise. */
  readonly usualId: string;
  /** For people. */
  readonly label: string;
  readonly hint: string;
  readonly config: Schema;
  /** As the dashboard asks for them, in order. */
  readonly fields: readonly DestinationField[];
  /** The variables that can name its address, for people. */
  readonly addressVariables?: string;
  /** All that it can have use for. */
  readonly secrets: readonly DestinationSecret<z.infer<Schema>>[];
  /** What its settings may leave out for now, and has to be set before a pop: by the name of the variable or member. */
  unset(config: z.infer<Schema>): readonly string[];
  /** The origin that is called; null where that is this process. */
  origin(config: z.infer<Schema>): string | null;
  /** For people: where pops go. */
  describe(config: z.infer<Schema>): string;
  /** The same with all that decides who gets them: asked before that changes. */
  describeInFull(config: z.infer<Schema>): string;
  /** The origin of what frames the page; null where nothing does, undefined where nobody knows. */
  embedder(config: z.infer<Schema>): string | null | undefined;
}
