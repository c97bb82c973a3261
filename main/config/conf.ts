/**
 * conf, without what the writer inside it (atomically, when-exit) does on signals: it sends each one to the process
 * a second time, which would end an orderly stop at once.
 */
import { constants } from 'node:os';

const signals = Object.keys(constants.signals) as NodeJS.Signals[];
const before = new Map(signals.map((signal) => [signal, process.listeners(signal)]));

export const { default: Conf } = await import('conf');

for (const [signal, listeners] of before) {
  for (const listener of process.listeners(signal)) {
    if (!listeners.includes(listener)) process.off(signal, listener);
  }
}
