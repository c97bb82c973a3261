import { configDefaults, defineConfig } from 'vitest/config';

/** The tests of one folder, for `npm run mutation`. */
export default defineConfig({
  test: {
    include: [`test/${process.env.MUTATED_FOLDER}/**/*.test.ts`],
    exclude: [...configDefaults.exclude, 'test/**/*.long.test.ts'],
    testTimeout: 60_000,
  },
});
