/** A receiver of the audit log, as a person edits it. */
import type { ShipperSettings } from '../../../shared/settings.ts';

export interface ReceiverDraft {
  readonly key: number;
  readonly kind: ShipperSettings['kind'];
  readonly id: string;
  /** Empty for the system's authorities. */
  readonly caFile: string;
  readonly host: string;
  readonly port: string;
  readonly tls: boolean;
  readonly url: string;
  readonly logs: boolean;
  readonly metrics: boolean;
  /** Empty for none. */
  readonly secretHeader: string;
  /** What the form does not show, and keeps. */
  readonly others: object;
}

/** One that somebody is about to describe. */
export function newReceiver(key: number, kind: ReceiverDraft['kind']): ReceiverDraft {
  const texts = { id: '', caFile: '', host: '', port: '6514', url: '', secretHeader: '' };
  return { ...texts, key, kind, tls: true, logs: true, metrics: true, others: {} };
}

/** What the settings look like in the form. */
export function receiverDraftOf(settings: ShipperSettings, key: number): ReceiverDraft {
  const blank = newReceiver(key, settings.kind);
  if (settings.kind === 'syslog') {
    const { kind, id, caFile = '', host, port, tls, ...others } = settings;
    return { ...blank, id, caFile, host, port: String(port), tls, others };
  }
  const { kind, id, caFile = '', url, signals, secretHeader = '', ...others } = settings;
  const [logs, metrics] = [signals.includes('logs'), signals.includes('metrics')];
  return { ...blank, id, caFile, url, logs, metrics, secretHeader, others };
}

/** The settings that the form makes, which may not be any. */
export function receiverOfDraft(draft: ReceiverDraft): unknown {
  const { kind, id, caFile, host, port, tls, url, logs, metrics, secretHeader, others } = draft;
  const shared = { ...others, id, kind, ...(caFile !== '' && { caFile }) };
  if (kind === 'syslog') return { ...shared, host, port: /^\d+$/.test(port) ? Number(port) : port, tls };
  return {
    ...shared,
    url,
    signals: [...(logs ? ['logs'] : []), ...(metrics ? ['metrics'] : [])],
    ...(secretHeader !== '' && { secretHeader }),
  };
}
