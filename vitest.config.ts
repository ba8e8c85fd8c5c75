import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{test,standins}/**/*.test.ts'],
    globalSetup: ['test/build.ts'],
    // Most tests wait for processes and time limits more than they compute.
    maxWorkers: availableParallelism() + 1,
    // Loading this host, the SDKs and telemetry anew for each file takes minutes.
    isolate: false,
    unstubEnvs: true,
    unstubGlobals: true,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    coverage: {
      provider: 'v8',
      include: ['config/**', 'clients/**', 'runtime/**', 'cli/**', 'servers/**'],
    },
  },
});
