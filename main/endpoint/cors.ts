/** Which web pages may call, and what lets their browsers do so (the CORS protocol of the Fetch standard). */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Settings } from '../../shared/settings.ts';
import type { Pairing } from './pairing.ts';

/** Here a page comes with a code, before anybody knows it. */
export const PAIRINGS_PATH = '/pairings';

/** RFC 9110 §5.6.1 and §5.6.2. */
const FIELD_NAMES = /^[\w!#$%&'*+.^`|~-]+(?:[ \t]*,[ \t]*[\w!#$%&'*+.^`|~-]+)*$/;

export interface PagesOptions {
  /** Asked for every request. */
  readonly settings: () => Pick<Settings, 'browserOrigins'>;
  /** Whether a page of this origin was paired. */
  readonly isPaired: (origin: string) => boolean;
  readonly pairing: Pairing;
}

export interface Pages {
  mayCall(origin: string, url: string): boolean;
  /** Adds the headers for a page that may call. */
  letRead(request: FastifyRequest, reply: FastifyReply): void;
}

export function createPages({ settings, isPaired, pairing }: PagesOptions): Pages {
  const mayCall = (origin: string, url: string) =>
    settings().browserOrigins.includes(origin) ||
    isPaired(origin) ||
    (url === PAIRINGS_PATH && pairing.answers(origin));

  return {
    mayCall,
    letRead({ headers, url }, reply) {
      const { origin } = headers;
      if (origin === undefined || !mayCall(origin, url)) return;
      reply.headers({
        'access-control-allow-origin': origin,
        'access-control-expose-headers': 'Idempotent-Replayed, Preference-Applied, Retry-After',
        vary: 'Origin, Access-Control-Request-Headers',
      });
      if (headers['access-control-request-method'] === undefined) return;
      const asked = headers['access-control-request-headers'];
      reply.headers({
        'access-control-allow-methods': 'GET, POST',
        // Tracing and monitoring add headers of their own to a page's calls; none of them means anything here.
        ...(asked !== undefined && FIELD_NAMES.test(asked) && { 'access-control-allow-headers': asked }),
        'access-control-max-age': '600',
      });
      if (headers['access-control-request-private-network'] === 'true') {
        reply.header('access-control-allow-private-network', 'true');
      }
    },
  };
}
