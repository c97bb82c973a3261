/** The transport of the Electron window: the preload's bridge, which alone reaches the main process. */
import type { ApiEvent, ApiRequest, ApiResult, Operation } from '../../shared/api.ts';
import type { ExportFormat } from '../../shared/export-formats.ts';
import type { AuditFilter, CallFailure, Transport } from '../transport.ts';

/** What the preload exposes as `window.poptray`. */
export interface ElectronBridge {
  call<Name extends Operation>(name: Name, request: ApiRequest<Name>): Promise<ApiResult<Name>>;
  /** Returns its unsubscribe. */
  subscribe(listener: (event: ApiEvent) => void): () => void;
  /** Asks where to save, and saves. */
  exportLog(format: ExportFormat, filter: AuditFilter): Promise<{ readonly ok: true } | CallFailure>;
}

/** A transport over the bridge; its connection is as alive as the window is. */
export function createElectronTransport(bridge: ElectronBridge): Transport {
  return {
    async call(name, request) {
      try {
        return await bridge.call(name, request);
      } catch {
        return { ok: false, code: 'unreachable' };
      }
    },
    subscribe(listener, onConnection) {
      const unsubscribe = bridge.subscribe(listener);
      onConnection('live');
      return unsubscribe;
    },
    async download(format, filter) {
      try {
        const result = await bridge.exportLog(format, filter);
        return result.ok ? null : result;
      } catch {
        return { ok: false, code: 'unreachable' };
      }
    },
  };
}
