/**
 * Builds the dashboard, one bundle for `/ui/` and for Electron, and beside it the simulator's pages: the agent desktop and
 * the sample customer. Fit for a CSP without `unsafe-inline`.
 */
import { defineConfig } from 'vite';

export default defineConfig({
  root: 'renderer',
  // Relative, so that the same files work below /ui/ and under a custom protocol.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    rollupOptions: {
      input: ['index.html', 'desktop/index.html', 'customer/index.html'].map((page) => `renderer/${page}`),
    },
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
