/** A refusal of the endpoint, for a person. */
import type { Problem } from '../../shared/problem.ts';
import { sayDestinations } from '../../shared/say-destinations.ts';

/** What was wrong, in which fields, and what to do about it. */
export function explainRefusal(body: string, status: number): string {
  const problem = problemIn(body);
  if (problem === undefined) {
    return `The server on that port is not poptray: it answered HTTP ${status}. Name poptray's port with --port N.`;
  }
  const { title, detail, hint, code, popId, idempotencyKey, destinations, errors = [] } = problem;
  return [
    `${title}: ${detail} (${code}, HTTP ${status})`,
    ...errors.map((error) => `  ${error.pointer || '/'} ${error.detail}`),
    ...(destinations ? [`  ${sayDestinations(destinations)}`] : []),
    ...(popId === undefined ? [] : [`  pop ${popId}`]),
    ...(idempotencyKey === undefined ? [] : [`  key ${idempotencyKey}`]),
    `  ${hint}`,
  ].join('\n');
}

function problemIn(body: string): Problem | undefined {
  try {
    const problem = JSON.parse(body) as Problem;
    return typeof problem?.code === 'string' ? problem : undefined;
  } catch {
    return undefined;
  }
}
