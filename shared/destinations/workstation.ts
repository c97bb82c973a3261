/** This very machine: the page opens on the agent's own screen. */
import * as z from 'zod';
import { webOriginSchema } from '../framing.ts';
import { isHttpsOrLoopback } from '../urls.ts';
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
      .describe(
        'Of a window: polite: above the others, not activated; front: to the front; none: behind, with a notice. polite if absent.',
      ),
    maxOpen: z.int().min(1).max(20).optional().describe('Windows that may be open at once; 5 if absent.'),
    alsoOrigins: z
      .array(webOriginSchema.refine(isHttpsOrLoopback, 'must be https; http only on this machine'))
      .max(100)
      .optional()
      .describe('Where a window may go beside the application’s allowed origins: sign-in pages.'),
  })
  .superRefine((value, context) => {
    if (value.open === 'window') return;
    for (const member of OF_WINDOWS) {
      if (value[member] === undefined) continue;
      context.addIssue({ code: 'custom', path: [member], message: 'goes with "open": "window" alone' });
    }
  });

export type WorkstationConfig = z.infer<typeof config>;

const describe = ({ open }: WorkstationConfig) =>
  open === 'browser' ? 'the default browser of this machine' : 'a window on this machine';

const when = { path: 'open', is: ['window'] };

export const workstationForm = {
  kind: 'workstation',
  usualId: 'workstation',
  label: 'This computer',
  hint: 'The page opens on this very screen, and poptray measures whether it has the focus.',
  config,
  fields: [
    {
      path: 'open',
      label: 'Open it in',
      control: 'choice',
      initial: 'browser',
      options: [
        { value: 'browser', label: 'A new tab of the default browser' },
        { value: 'window', label: 'A window of the tray application' },
      ],
    },
    {
      path: 'focus',
      label: 'How it comes up',
      control: 'choice',
      initial: 'polite',
      options: [
        { value: 'polite', label: 'Above the other windows; what you type goes on where it was' },
        { value: 'front', label: 'To the front, with the keyboard' },
        { value: 'none', label: 'Behind, with a notice' },
      ],
      when,
    },
    {
      path: 'maxOpen',
      label: 'Windows at once',
      control: 'number',
      isOptional: true,
      hint: 'Without it, 5. One is used again and again; more open where a page holds unsaved work.',
      placeholder: '5',
      when,
    },
    {
      path: 'alsoOrigins',
      label: 'Sign-in pages',
      control: 'list',
      isOptional: true,
      hint: 'Origins that a window may go to beside those of the application.',
      placeholder: 'https://login.example.com',
      when,
    },
  ],
  secrets: [],
  unset: () => [],
  origin: () => null,
  describe,
  describeInFull: (at) =>
    at.alsoOrigins?.length ? `${describe(at)}, which may go to ${at.alsoOrigins.join(', ')}` : describe(at),
  embedder: () => null,
} as const satisfies DestinationForm<typeof config>;
