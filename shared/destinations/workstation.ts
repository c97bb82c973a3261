/** This very machine: the page opens on the agent's own screen. */
import * as z from 'zod';
import { webOriginSchema } from '../framing.ts';
import type { DestinationForm } from './form.ts';
import { destinationMembers } from './members.ts';

/** What says how a window is to behave; a browser decides that itself. */
const OF_WINDOWS = ['focus', 'maxOpen', 'alsoOrigins'] as const;

const config = z
  .strictObject({
    ...destinationMembers,
    kind: z.literal('workstation'),
    open: z
      .enum(['browser', 'window'])
      .default('browser')
      .describe('browser: a new tab of the default browser; window: one of the tray application’s own.'),
    focus: z
      .enum(['polite', 'front', 'none'])
      .optional()
      .describe('Of a window: shown above, not activated; to the front; or behind, with a notice.'),
    maxOpen: z.int().min(1).max(50).optional().describe('Windows that may be open at once.'),
    alsoOrigins: z
      .array(webOriginSchema.refine((value) => value.startsWith('https:'), 'must be https'))
      .max(100)
      .optional()
      .describe('Where a window may go beside the allowed origins: sign-in pages.'),
  })
  .superRefine((value, context) => {
    if (value.open === 'window') return;
    for (const member of OF_WINDOWS) {
      if (value[member] === undefined) continue;
      context.addIssue({ code: 'custom', path: [member], message: 'goes with "open": "window" alone' });
    }
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
