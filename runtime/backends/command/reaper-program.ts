// The program of the reaper: a second small process that outlives this one and ends the groups of
// processes that are still open then. It is given to `node -e`, so there is no file that a bundle
// or a deployment could lack.

/**
 * Reads `+<id>` (a group has started) and `-<id>` (nothing of it is left), one a line. The end of
 * its input is the end of the host, however that ended. Signals that were meant for the host do not
 * end it.
 */
export const REAPER_PROGRAM = `
process.title = 'mcp-host-reaper';
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => {});
const groups = new Set();
let rest = '';
const kill = (id) => {
  try {
    if (process.platform !== 'win32') process.kill(-id, 'SIGKILL');
    else require('node:child_process').execFileSync('taskkill', ['/pid', id, '/t', '/f']);
  } catch {}
};
process.stdin.setEncoding('latin1');
process.stdin.on('data', (text) => {
  const lines = (rest + text).split('\\n');
  rest = lines.pop();
  for (const line of lines) {
    const id = Number(line.slice(1));
    if (!Number.isInteger(id) || id < 2) continue;
    if (line[0] === '+') groups.add(id);
    else groups.delete(id);
  }
});
process.stdin.on('error', () => {});
process.stdin.on('close', () => {
  for (const id of groups) kill(id);
  process.exit();
});
`;
