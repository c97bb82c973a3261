import { defineConfig } from 'vite';

/** The preload: CommonJS in one file, because a sandboxed one cannot load anything else. */
export default defineConfig({
  build: {
    ssr: 'main/electron/preload.ts',
    outDir: 'dist/main',
    emptyOutDir: false,
    copyPublicDir: false,
    target: 'chrome140',
    minify: false,
    rollupOptions: { external: ['electron'], output: { format: 'cjs', entryFileNames: 'preload.cjs' } },
  },
});
