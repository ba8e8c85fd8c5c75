import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{test,standins}/**/*.test.ts'],
    globalSetup: ['test/build.ts'],
    // Most tests wait for processes and time limits more than they compute.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    coverage: {
      provider: 'v8',
      include: ['config/**', 'clients/**', 'runtime/**', 'cli/**', 'servers/**'],
    },
  },
});
