// The last step of the build: bundles the compiled host into dist/main.js, which production starts. Loading its packages
// from some hundred files would take twice the CPU until the port is open (`npm run bench -- --only startup`).

import { build } from 'rolldown';

await build({
  input: 'dist/runtime/main.js',
  platform: 'node',
  logLevel: 'warn',
  // Objects of an SDK must come from the copy that a server's own module finds.
  external: [/^@modelcontextprotocol\//],
  output: {
    dir: 'dist',
    format: 'esm',
    entryFileNames: 'main.js',
    chunkFileNames: 'chunks/[name].js',
  },
});
