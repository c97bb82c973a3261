import { defineConfig } from 'vitest/config';

/** What takes minutes, one file after the other: a soak measures. */
export default defineConfig({
  test: {
    include: ['test/**/*.long.test.ts'],
    fileParallelism: false,
    testTimeout: 900_000,
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: 'test-results/long-results.json' }]]
      : ['default'],
  },
});
