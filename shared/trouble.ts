/** What is in trouble: where pops go, or a function beside the pops, which go on; which of its kind, since when, and why. */
import * as z from 'zod';

/** The functions beside the pop. */
export const sideFunctions = [
  'webhook',
  'receiver',
  'page',
  'extension matrix',
  'dashboard',
  'retention',
  'checkpoint copy',
  'updates',
  'autostart',
  'notices',
  'scheme',
  'callers',
  'command',
  'settings copy',
  'secret origins',
] as const;

/** Whatever can be in trouble. */
export const troubleParts = ['destination', ...sideFunctions] as const;

export const troubleSchema = z.object({
  part: z.enum(troubleParts),
  name: z.string().describe('Which of its kind, as the settings have it; empty: there is but one.'),
  since: z.iso.datetime(),
  code: z.string().describe('For programs.'),
  why: z.string().describe('For people, with what can be done about it.'),
});

/** As they stand now. */
export const shownTroubleSchema = troubleSchema.extend({
  waiting: z.int().nullable().describe('How many messages or entries wait for it; null: none can.'),
});

/** Why; what is said once more keeps its beginning. */
export type Why = Pick<Trouble, 'code' | 'why'>;

/** Takes why one of them is in trouble, or null when it is well. */
export type ReportTrouble = (part: TroublePart, name: string, why: Why | null) => void;

export type SideFunction = (typeof sideFunctions)[number];
export type TroublePart = (typeof troubleParts)[number];
export type Trouble = z.infer<typeof troubleSchema>;
export type ShownTrouble = z.infer<typeof shownTroubleSchema>;
