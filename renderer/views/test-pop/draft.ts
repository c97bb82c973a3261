/** What a person has typed into the test pop, and the trigger that it makes. */
import type { ApiRequest } from '../../../shared/api.ts';
import { dataNameFault } from '../../../shared/data-name.ts';
import { readJsonText } from '../../../shared/read-json.ts';
import type { FieldProblem } from '../../parts/problems-at.ts';
import { pointerStep } from '../../parts/problems-at.ts';

export type TriggerInput = ApiRequest<'popFire'>['trigger'];

export interface DraftRow {
  readonly id: number;
  readonly key: string;
  readonly value: string;
}

export interface Draft {
  readonly userId: string;
  readonly application: string;
  readonly rows: readonly DraftRow[];
  readonly sessionToken: string;
  readonly phase: string;
  readonly interactionId: string;
  /** Local time, as a datetime-local input has it. */
  readonly expiresAt: string;
  readonly state: string;
  readonly idempotencyKey: string;
}

export const SAMPLE_AGENT = '3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b';

/** A form to begin with: manual, and with one empty line of context. */
export function newDraft(): Draft {
  return {
    userId: '',
    application: '',
    rows: [{ id: 0, key: '', value: '' }],
    sessionToken: '',
    phase: 'manual',
    interactionId: '',
    expiresAt: '',
    state: '',
    idempotencyKey: '',
  };
}

/** The trigger, or what keeps it from being one; the app's own check follows and has the last word. */
export function triggerOf(
  draft: Draft,
  isAgentKnown: boolean,
): { trigger?: TriggerInput; problems: readonly FieldProblem[] } {
  const problems: FieldProblem[] = [];
  const wrong = (pointer: string, detail: string) => problems.push({ pointer, detail });

  if (draft.userId === '' && !isAgentKnown) wrong('/userId', 'is required');
  else if (draft.userId !== '' && !/^[A-Za-z0-9-]{1,64}$/.test(draft.userId))
    wrong('/userId', 'must be 1 to 64 letters, digits or hyphens');

  const rows = draft.rows.filter(({ key, value }) => key !== '' || value !== '');
  const customerData: Record<string, string> = Object.create(null);
  for (const { key, value } of rows) {
    const pointer = `/customerData/${pointerStep(key)}`;
    const fault = dataNameFault(key);
    if (key === '') wrong('/customerData/', 'a name is missing');
    else if (fault !== undefined) wrong(pointer, fault);
    else if (key in customerData) wrong(pointer, 'is there twice');
    customerData[key] = value;
  }

  let state: unknown;
  if (draft.state.trim() !== '') {
    try {
      state = readJsonText(draft.state);
      if (typeof state !== 'object' || state === null || Array.isArray(state)) throw new SyntaxError();
    } catch {
      wrong('/state', 'must be a JSON object, such as {"priority":"high"}');
    }
  }
  const expiry = draft.expiresAt === '' ? undefined : new Date(draft.expiresAt);
  if (expiry && Number.isNaN(expiry.getTime())) wrong('/expiresAt', 'is not a date that exists');
  if (draft.idempotencyKey !== '' && !/^[\x21-\x7e]{1,255}$/.test(draft.idempotencyKey)) {
    wrong('/idempotencyKey', 'must be 1 to 255 visible ASCII characters');
  }
  if (problems.length > 0) return { problems };

  const trigger = {
    ...(draft.userId !== '' && { userId: draft.userId }),
    ...(rows.length > 0 && { customerData: { ...customerData } }),
    ...(draft.sessionToken !== '' && { sessionToken: draft.sessionToken }),
    ...(draft.application !== '' && { application: draft.application }),
    ...(state !== undefined && { state }),
    ...(draft.phase !== '' && { phase: draft.phase }),
    ...(draft.interactionId !== '' && { interactionId: draft.interactionId }),
    ...(expiry && { expiresAt: expiry.toISOString() }),
    ...(draft.idempotencyKey !== '' && { idempotencyKey: draft.idempotencyKey }),
  } as TriggerInput;
  return { trigger, problems };
}
