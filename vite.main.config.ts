import { defineConfig } from 'vite';

/**
 * What runs outside a window: the tray app, the app without it, and the poptray command. Bundled with everything
 * but Electron, Node's own modules and the native keychain, which starts faster and takes less memory than the sources.
 */
export default defineConfig({
  build: {
    ssr: true,
    rollupOptions: {
      input: { index: 'main/index.ts', headless: 'main/headless.ts', cli: 'main/cli.ts' },
      // Flat, so that a path that is relative to a file holds for the sources and for what is built.
      output: { chunkFileNames: '[name]-[hash].js' },
    },
    outDir: 'dist/main',
    emptyOutDir: true,
    copyPublicDir: false,
    target: 'node24',
    minify: true,
    sourcemap: true,
  },
  ssr: { noExternal: true, external: ['electron', 'keytar'] },
});
