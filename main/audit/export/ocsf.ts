/** Entries as events of the Open Cybersecurity Schema Framework 1.6.0, class API Activity (6003). */
import packageJson from '../../../package.json' with { type: 'json' };
import type { AuditEntry } from '../../../shared/audit.ts';
import { eventOf } from '../../../shared/log-events.ts';

const CLASS_UID = 6003;
const OTHER = 99;

/** What was done, by the kind of entry; `id` is OCSF's activity. Every entry is about a call that was made, or about the log. */
const ACTIVITIES: Readonly<Record<AuditEntry['type'], { id: number; name: string; operation: string }>> = {
  delivery: { id: 1, name: 'Create', operation: 'screenpop.delivery' },
  intent: { id: 1, name: 'Create', operation: 'screenpop.intent' },
  result: { id: 1, name: 'Create', operation: 'screenpop' },
  refused: { id: 1, name: 'Create', operation: 'trigger' },
  repeated: { id: OTHER, name: 'Repeat', operation: 'screenpop.repeated' },
  webhook: { id: OTHER, name: 'Notify', operation: 'webhook' },
  opened: { id: OTHER, name: 'Log', operation: 'audit.opened' },
  inconsistent: { id: OTHER, name: 'Log', operation: 'audit.inconsistent' },
  recovered: { id: OTHER, name: 'Log', operation: 'audit.recovered' },
  removed: { id: 4, name: 'Delete', operation: 'audit.removed' },
  changed: { id: 3, name: 'Update', operation: 'administration' },
};

/** With the captions that go with the ids; for Other the name is the source's own. */
const STATUSES = {
  unknown: { id: 0, caption: 'Unknown' },
  success: { id: 1, caption: 'Success' },
  failure: { id: 2, caption: 'Failure' },
  other: { id: OTHER, caption: undefined },
} as const;

/** One event, on a line of its own. What OCSF has no place for is under `unmapped`, under its own name. */
export function ocsfLine(entry: AuditEntry): string {
  const { seq, timestamp, type, popId, client, endpoint, latencyMs, code, detail, ...rest } = entry;
  const { userId, application, status, reason, correlationId, ...unmapped } = rest;
  const { id, name, operation } = ACTIVITIES[type];
  const host = endpoint === null ? undefined : URL.parse(endpoint)?.hostname || undefined;
  const time = Date.parse(timestamp);
  const said = eventOf(entry);
  const event = {
    class_uid: CLASS_UID,
    class_name: 'API Activity',
    category_uid: Math.trunc(CLASS_UID / 1000),
    category_name: 'Application Activity',
    activity_id: id,
    activity_name: name,
    type_uid: CLASS_UID * 100 + id,
    type_name: `API Activity: ${id === OTHER ? 'Other' : name}`,
    time,
    ...severityOf(entry),
    ...(status !== null && statusOf(entry, status)),
    ...(code !== null && { status_code: code }),
    ...(latencyMs !== null && {
      duration: Math.round(latencyMs),
      start_time: time - Math.round(latencyMs),
      end_time: time,
    }),
    message: [operation, status, code ?? reason].filter(Boolean).join(' '),
    metadata: {
      version: '1.6.0',
      product: { name: 'poptray', vendor_name: 'poptray', version: packageJson.version },
      log_name: 'audit',
      sequence: seq,
      uid: `${entry.keyId}-${seq}`,
      event_code: type,
      original_time: timestamp,
      ...(popId !== null && { correlation_uid: popId }),
    },
    // Which program asked, by its local token; what the log says of itself is poptray's own doing.
    actor: { app_name: client ?? 'poptray' },
    // Callers are on this machine: nothing else can reach the endpoint.
    src_endpoint: { ip: '127.0.0.1', svc_name: client ?? 'poptray' },
    ...(host !== undefined && { dst_endpoint: { hostname: host } }),
    api: {
      operation,
      ...(host !== undefined && { service: { name: host } }),
      ...(popId !== null && { request: { uid: correlationId ?? popId } }),
      ...(code !== null && { response: { error: code } }),
    },
    ...resourcesOf({ popId, userId, application }),
    unmapped: {
      ...unmapped,
      status,
      endpoint,
      latencyMs,
      correlationId,
      detail: said?.kind === 'removed' ? `entries up to ${said.upTo}` : detail,
    },
  };
  return `${JSON.stringify(event)}\n`;
}

function statusOf({ code, reason }: AuditEntry, status: NonNullable<AuditEntry['status']>) {
  const { id, caption } = STATUSES[outcomeOf(status)];
  return { status_id: id, status: caption ?? status, status_detail: code ?? reason ?? status };
}

function outcomeOf(status: NonNullable<AuditEntry['status']>): keyof typeof STATUSES {
  if (status === 'delivered') return 'success';
  if (status === 'failed' || status === 'refused') return 'failure';
  return status === 'unknown' ? 'unknown' : 'other';
}

function severityOf({ type, status }: AuditEntry): { severity_id: number; severity: string } {
  if (type === 'recovered' || type === 'inconsistent') return { severity_id: 4, severity: 'High' };
  if (status === 'failed') return { severity_id: 3, severity: 'Medium' };
  if (status === 'refused' || status === 'unknown') return { severity_id: 2, severity: 'Low' };
  return { severity_id: 1, severity: 'Informational' };
}

function resourcesOf({ popId, userId, application }: Pick<AuditEntry, 'popId' | 'userId' | 'application'>) {
  const resources = Object.entries({ screenpop: popId, agent: userId, application })
    .filter(([, uid]) => uid !== null)
    .map(([type, uid]) => ({ type, uid }));
  return resources.length > 0 && { resources };
}
