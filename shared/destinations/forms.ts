/** All kinds of destination. A new one is a line here, and one in main/destinations/registry.ts, which the compiler asks for. */
import * as z from 'zod';
import type { DestinationKind } from './fields.ts';
import type { DestinationForm } from './form.ts';
import { genesysScreenpopsForm } from './genesys-cloud.ts';
import { httpForm } from './http.ts';
import { simulatorForm } from './simulator.ts';
import { workstationForm } from './workstation.ts';

export const destinationForms = [simulatorForm, workstationForm, genesysScreenpopsForm, httpForm] as const;

/** The schemas one by one, as a union that tells kinds apart needs them. */
type ConfigsOf<Forms extends readonly { readonly config: z.ZodObject }[]> = {
  -readonly [Index in keyof Forms]: Forms[Index]['config'];
};

export const destinationSchema = z.discriminatedUnion(
  'kind',
  destinationForms.map(({ config }) => config) as unknown as ConfigsOf<typeof destinationForms>,
);

export type DestinationConfig = z.infer<typeof destinationSchema>;

/** What the dashboard needs of each kind. */
export const destinationKinds: readonly DestinationKind[] = destinationForms.map(
  ({ kind, usualId, label, hint, fields }) => ({ kind, usualId, label, hint, fields: [...fields] }),
);

/** The form of the kind that these settings are of. */
export function formOf({ kind }: { readonly kind: DestinationConfig['kind'] }): DestinationForm {
  return destinationForms.find((form) => form.kind === kind) as unknown as DestinationForm;
}
