import { defineConfig, type Plugin } from 'vite';

/**
 * What runs outside a window: the tray app, the app without it, and the poptray command. Bundled with everything
 * but Electron, Node's own modules and the native keychain, which starts faster and takes less memory than the sources.
 */
export default defineConfig({
  plugins: [ascii(), absent('supports-color')],
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
    license: { fileName: 'licences.json' },
    sourcemap: true,
  },
  ssr: { noExternal: true, external: ['electron', 'keytar'] },
});

/** V8 keeps a file's text in memory, with two bytes for each character when one of them needs two. */
function ascii(): Plugin {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return {
    name: 'ascii',
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type === 'chunk') file.code = file.code.replaceAll(/[^\0-\x7f]/g, escaped);
      }
    },
  };
}

/** Packages that others use where they are there: in a checkout they are, but for the tools alone. */
function absent(...names: readonly string[]): Plugin {
  const EMPTY = '\0absent';
  return {
    name: 'absent',
    enforce: 'pre',
    resolveId: (id) => (names.includes(id) ? EMPTY : undefined),
    load: (id) => (id === EMPTY ? 'export {};' : undefined),
  };
}
