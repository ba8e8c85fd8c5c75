#!/usr/bin/env node
// The command `mcp-host` as npm runs it (`npx --no mcp-host`): starts the built command line, or says
// how to build it.

try {
  const { main } = await import('../dist/cli/main.js');
  await main();
} catch (error) {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  console.error('mcp-host: this project is not built. Fix: run npm install && npm run build');
  process.exitCode = 1;
}
