/** Words for a command line that people paste. */

/** For sh and PowerShell on Unix, for PowerShell and cmd.exe on Windows, whose paths have no quotation marks. */
export function shellQuoted(word: string, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') return /^[\w.:\\/-]+$/.test(word) ? word : `"${word}"`;
  return /^[\w.:/@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
