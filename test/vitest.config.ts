import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Tests that start processes of their own, which keep all cores busy: one file at a time. */
const outward = ['browser', 'chaos', 'cli', 'cluster', 'inspector', 'package', 'simulation'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);
outward.push('test/examples/processes.test.ts');

export default defineConfig({
  root: `${import.meta.dirname}/..`,
  test: {
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'within',
          include: ['test/**/*.test.ts', 'test/**/*.spec.ts'],
          exclude: ['**/node_modules/**', ...outward],
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'outward',
          include: outward,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
