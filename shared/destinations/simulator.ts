/** The built-in stand-in for Genesys Cloud. */
import * as z from 'zod';
import type { DestinationForm } from './form.ts';
import { genesysDesktop } from './genesys-cloud.ts';
import { destinationMembers } from './members.ts';

const config = z.strictObject({ ...destinationMembers, kind: z.literal('simulator') });

export const simulatorForm = {
  kind: 'simulator',
  usualId: 'simulator',
  label: 'Simulator',
  hint: 'A stand-in on this computer, to try things out.',
  config,
  fields: [],
  secrets: [],
  unset: () => [],
  origin: () => null,
  describe: () => 'the built-in Genesys Cloud simulator',
  describeInFull: () => 'the simulator',
  embedder: () => genesysDesktop({}),
} as const satisfies DestinationForm<typeof config>;
