/** Builds the dashboard: one bundle for `/ui/` and for Electron, fit for a CSP without `unsafe-inline`. */
import { defineConfig } from 'vite';

export default defineConfig({
  root: 'renderer',
  // Relative, so that the same files work below /ui/ and under a custom protocol.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: 'licences.json' },
    sourcemap: false,
    reportCompressedSize: true,
  },
});
