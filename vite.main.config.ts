import { defineConfig } from 'vite';

/** The main process: everything in it but Electron, Node's own modules and the native keychain. */
export default defineConfig({
  build: {
    ssr: 'main/index.ts',
    outDir: 'dist/main',
    emptyOutDir: true,
    copyPublicDir: false,
    target: 'node24',
    minify: false,
    sourcemap: true,
  },
  ssr: { noExternal: true, external: ['electron', 'keytar'] },
});
