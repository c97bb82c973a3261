/** Keeps addresses out of what the program writes to its terminal, or to the system's journal. */

/** From now on Electron's warning of a page that cannot be loaded is without the address, which may hold the context of a call. */
export function withholdAddresses(process: Pick<NodeJS.Process, 'emitWarning'>): void {
  const emit = process.emitWarning.bind(process) as (...all: unknown[]) => void;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (rest[0] !== 'electron') return emit(warning, ...rest);
    const text = typeof warning === 'string' ? warning : warning.message;
    emit(text.replace(/\b[a-z][a-z\d+.-]*:\S+/gi, '(an address)'), ...rest);
  };
}
