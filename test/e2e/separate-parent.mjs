// Stands between a test and the host's process, so that the test can kill the host's parent as a
// Functions host is killed: the host keeps its output streams.

import { spawn } from 'node:child_process';

const host = spawn(process.execPath, process.argv.slice(2), {
  stdio: ['ignore', 'inherit', 'inherit'],
});
process.send({ pid: host.pid });
// Lives until it is killed; the host is not told.
process.on('disconnect', () => process.exit());
