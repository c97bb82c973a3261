import type { ApiResponse } from '../../shared/api.ts';

type Status = ApiResponse<'status'>;

/** The status of a configured app on the simulator with nothing to do. */
export function quietStatus(changes: Partial<Status> = {}): Status {
  return {
    version: '0.1.0',
    addresses: ['http://127.0.0.1:8080'],
    portInsteadOf: null,
    agent: { userId: null, name: null, from: null },
    destination: 'the built-in Genesys Cloud simulator',
    destinations: [{ id: 'simulator', description: 'the built-in Genesys Cloud simulator', missing: null }],
    isSimulated: true,
    isConfigured: true,
    unready: [],
    secretsWarning: null,
    secretFaults: [],
    auditFault: null,
    audit: { tampered: null, checked: null },
    spaceWarning: null,
    rebuilding: null,
    settingsFault: null,
    shipping: [],
    troubles: [],
    pausedUntil: null,
    underWay: 0,
    today: { delivered: 0, failed: 0 },
    hasDelivered: false,
    ...changes,
  };
}
