/** Answers the dashboard's page: checks who asks and what, then asks the app. */
import type { IpcMain, IpcMainInvokeEvent } from 'electron';
import { type ApiRequest, api, type Operation } from '../../shared/api.ts';
import { type ExportFormat, isExportFormat } from '../../shared/export-formats.ts';
import type { Dashboard } from '../api/api.ts';
import { type AuditFilter, CHANNELS } from './channels.ts';
import { isDashboardUrl } from './protocol.ts';

export interface IpcDeps {
  readonly ipc: Pick<IpcMain, 'handle' | 'removeHandler'>;
  readonly dashboard: Pick<Dashboard, 'call'>;
  /** Writes the log to where the user says; whether it was written. */
  readonly saveLog: (format: ExportFormat, filter: AuditFilter) => Promise<boolean>;
  readonly onFault: (error: unknown) => void;
}

/** Returns its removal. */
export function handleIpc({ ipc, dashboard, saveLog, onFault }: IpcDeps): () => void {
  ipc.handle(CHANNELS.call, (event, name: unknown, request: unknown) =>
    guarded(event, async () => {
      // A name that only reads like one, as of an array, would not be known for what needs a yes.
      if (typeof name !== 'string' || !Object.hasOwn(api, name)) return refused('invalid_request');
      // The app parses it.
      return dashboard.call(name as Operation, request as ApiRequest<Operation>);
    }),
  );
  ipc.handle(CHANNELS.export, (event, format: unknown, filter: unknown) =>
    guarded(event, async () => {
      const parsed = api.auditQuery.request.shape.filter.safeParse(filter);
      if (!isExportFormat(format) || !parsed.success) return refused('invalid_request');
      return { ok: true, value: { saved: await saveLog(format, parsed.data) } };
    }),
  );
  return () => {
    ipc.removeHandler(CHANNELS.call);
    ipc.removeHandler(CHANNELS.export);
  };

  async function guarded(event: IpcMainInvokeEvent, work: () => Promise<unknown>): Promise<unknown> {
    if (!isFromDashboard(event)) return refused('forbidden');
    try {
      return await work();
    } catch (error) {
      onFault(error);
      return refused('internal');
    }
  }
}

/** A frame inside the page, a page that the window has left, and one that is being taken down are not the dashboard. */
function isFromDashboard({ senderFrame }: IpcMainInvokeEvent): boolean {
  try {
    return senderFrame !== null && senderFrame.parent === null && isDashboardUrl(senderFrame.url);
  } catch {
    return false;
  }
}

function refused(code: 'invalid_request' | 'forbidden' | 'internal') {
  return { ok: false, code } as const;
}
