/** The environment of a whole poptray under test. */

export const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;

/** It delivers to a stand-in for Genesys Cloud at that URL, and tells the receiver of webhooks at the other, where there is one. */
export function deliveringTo(destination: string, receiver?: string) {
  return {
    GENESYS_BASE_URL: destination,
    GENESYS_CLIENT_ID: 'test-client',
    GENESYS_CLIENT_SECRET: 'test-client-secret',
    SIGNING_SECRET: 'test-signing-secret',
    ...(receiver !== undefined && {
      PRODUCTIVITY_WEBHOOK_URL: receiver,
      PRODUCTIVITY_WEBHOOK_SECRET: WEBHOOK_SECRET,
    }),
  };
}
