/** This very machine: the page opens on the agent's own screen. */
import * as z from 'zod';
import type { DestinationForm } from './form.ts';
import { destinationMembers } from './members.ts';

const config = z.strictObject({
  ...destinationMembers,
  kind: z.literal('workstation'),
  open: z
    .enum(['browser', 'window'])
    .default('browser')
    .describe(
      'browser: a new tab of the default browser; window: not in this version, and told as not_configured.',
    ),
});

type Config = z.infer<typeof config>;

const describe = ({ open }: Config) =>
  open === 'browser' ? 'the default browser of this machine' : 'a window on this machine';

export const workstationForm = {
  kind: 'workstation',
  usualId: 'workstation',
  label: 'This computer',
  hint: 'The page opens in the browser here, and poptray measures whether it has the focus.',
  config,
  fields: [
    {
      path: 'open',
      label: 'Open it in',
      control: 'choice',
      initial: 'browser',
      options: [
        { value: 'browser', label: 'A new tab of the default browser' },
        { value: 'window', label: 'A window of poptray’s own (not in this version)' },
      ],
    },
  ],
  secrets: [],
  unset: () => [],
  origin: () => null,
  describe,
  describeInFull: describe,
  embedder: () => null,
} as const satisfies DestinationForm<typeof config>;
