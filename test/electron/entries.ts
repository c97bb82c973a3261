/** Entries for the shell's tests. */
import type { AuditEntry } from '../../shared/audit.ts';

/** A delivered pop's result. */
export function resultEntry(changes: Partial<AuditEntry> = {}): AuditEntry {
  return {
    seq: 2,
    timestamp: '2026-11-23T12:00:00.000Z',
    boot: 'test-boot',
    uptimeMs: 1000,
    keyId: '0123456789abcdef',
    type: 'result',
    popId: '019aaf00-0000-7000-8000-000000000001',
    userId: 'agent-1',
    idempotencyKey: 'key-1',
    destinationKey: 'key-1',
    application: 'com.example.customapp',
    client: 'softphone',
    endpoint: 'https://api.example/api/v2/users/agent-1/screenpops',
    target: 'https://app.mydashboard.com/agent-view',
    status: 'delivered',
    reason: null,
    code: null,
    success: true,
    focusTracked: true,
    windowFocused: true,
    duplicate: false,
    attempts: 1,
    latencyMs: 12.4,
    phases: { queue: 1, token: 2, delivery: 9.4 },
    correlationId: null,
    fingerprint: null,
    interaction: null,
    party: null,
    phase: null,
    mayHaveArrived: null,
    webhooks: [],
    detail: null,
    change: null,
    errors: null,
    ...changes,
  };
}
