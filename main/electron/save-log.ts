/** Writes an export of the log to the file that the user names. */
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Dialog } from 'electron';
import { type ExportFormat, exportFormats } from '../../shared/export-formats.ts';
import type { Dashboard } from '../api/api.ts';
import type { AuditFilter } from './channels.ts';

/** Resolves with whether a file was written; rejects, and leaves none, when it cannot be. */
export function createLogSaver(
  dialog: Pick<Dialog, 'showSaveDialog'>,
  dashboard: Pick<Dashboard, 'exportLog'>,
): (format: ExportFormat, filter: AuditFilter) => Promise<boolean> {
  return async (format, filter) => {
    const { name, extension } = exportFormats[format];
    const { canceled, filePath } = await dialog.showSaveDialog({
      title: 'Export the audit history',
      defaultPath: `poptray-audit.${extension}`,
      filters: [{ name, extensions: [extension] }],
    });
    if (canceled || !filePath) return false;
    try {
      // Who may read the log itself is the owner alone; so it is with its copy.
      const file = createWriteStream(filePath, { mode: 0o600 });
      await pipeline(Readable.from(dashboard.exportLog(format, filter)), file);
    } catch (error) {
      await rm(filePath, { force: true });
      throw error;
    }
    return true;
  };
}
