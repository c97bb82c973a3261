import type { Transport } from '../transport.ts';
import { createElectronTransport } from './electron-transport.ts';
import { createHttpTransport } from './http-transport.ts';

/** The transport of the place that the page runs in. */
export function createTransport(): Transport {
  return window.poptray ? createElectronTransport(window.poptray) : createHttpTransport();
}
