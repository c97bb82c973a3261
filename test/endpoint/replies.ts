/** Bodies of replies by their type. */
import type { Problem } from '../../shared/problem.ts';
import type { TriggerReply } from '../../shared/trigger.ts';

export async function answerOf(response: Response): Promise<TriggerReply> {
  return (await response.json()) as TriggerReply;
}

export async function problemOf(response: Response): Promise<Problem> {
  return (await response.json()) as Problem;
}
