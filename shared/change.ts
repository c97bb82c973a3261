/** What a `changed` entry of the audit log says: who has administered what. Never a secret, and nothing of a customer's. */
import * as z from 'zod';

export const changeSchema = z.object({
  subject: z.enum([
    'settings',
    'secret',
    'token',
    'pairing',
    'session',
    'pause',
    'verification',
    'export',
    'root',
    'reset',
  ]),
  action: z.string().describe('What was done with it, in the past tense.'),
  by: z
    .string()
    .nullable()
    .describe('Who, behind the client: a session of the dashboard, or a user of the system.'),
  name: z.string().nullable().describe('Which one; of a verification its verdict, of an export its format.'),
  members: z.array(z.string()).describe('Of the settings: RFC 6901 pointers.'),
  hosts: z
    .object({ before: z.array(z.string()), after: z.array(z.string()) })
    .nullable()
    .describe('That the members name, where these are others now.'),
});

export type Change = z.infer<typeof changeSchema>;

/** Who acts: the client's name, and who is behind it. */
export interface Actor {
  readonly client: string;
  readonly by: string | null;
}

/** What is known of a change; all else says that there is nothing to say. */
export type ChangeFacts = Pick<Change, 'subject' | 'action'> &
  Partial<Pick<Change, 'name' | 'members' | 'hosts'>>;

/** The audit log was verified, with this verdict. */
export function verificationMade(verdict: string): ChangeFacts {
  return { subject: 'verification', action: 'made', name: verdict };
}

/** Of what is not known it says that there is nothing to say. */
export function changeBy({ by }: Pick<Actor, 'by'>, facts: ChangeFacts): Change {
  return { name: null, members: [], hosts: null, ...facts, by };
}

/** Puts on record what an actor has done; resolves when that is safe, and never rejects. */
export type RecordChange = (actor: Actor, facts: ChangeFacts) => Promise<void>;
