import type { ElectronBridge } from './data/electron-transport.ts';

declare global {
  interface Window {
    /** Exposed by the preload in Electron; absent in a browser. */
    readonly poptray?: ElectronBridge;
  }
}
