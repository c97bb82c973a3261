/** The formats of an export: for people, as a media type, and at the end of a file's name. */
export const exportFormats = {
  csv: { name: 'CSV', mediaType: 'text/csv', extension: 'csv' },
  jsonl: { name: 'JSON Lines', mediaType: 'application/x-ndjson', extension: 'jsonl' },
  ocsf: { name: 'OCSF', mediaType: 'application/x-ndjson', extension: 'ocsf.jsonl' },
} as const;

export type ExportFormat = keyof typeof exportFormats;

export function isExportFormat(text: unknown): text is ExportFormat {
  return typeof text === 'string' && Object.hasOwn(exportFormats, text);
}
