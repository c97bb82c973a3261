import { defineConfig } from 'vitest/config';

/** What takes minutes, two files at a time: most of them wait for disks and programs, and the soak is measured beside a bare loop. */
export default defineConfig({
  test: {
    include: ['test/**/*.long.test.ts'],
    maxWorkers: 2,
    testTimeout: 900_000,
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: 'test-results/long-results.json' }]]
      : ['default'],
  },
});
