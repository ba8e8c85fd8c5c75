// Prints how long this machine takes for a fixed piece of work, in percent of the time on the
// machine that the budgets of .ci/run are for. The work is like that of the tests: processes that
// start, compile, compute and allocate, two at a time.

import { spawn } from 'node:child_process';

/** Milliseconds on a machine with two cores where `npm test` takes 870 s, on Node 20. */
const REFERENCE_MS = 1_150;
const ROUNDS = 6;
/** As many as that machine has cores. */
const AT_ONCE = 2;

const WORK = `
  const kept = new Map();
  for (let at = 0; at < 60_000; at += 1) {
    const text = JSON.stringify({ at, name: 'n' + at, list: [at, at + 1] });
    kept.set(at % 5_000, JSON.parse(text));
  }
`;

function work() {
  return new Promise((resolve, reject) => {
    spawn(process.execPath, ['--eval', WORK], { stdio: 'inherit' })
      .once('error', reject)
      .once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`exit code ${code}`))));
  });
}

const startedAt = performance.now();
for (let round = 0; round < ROUNDS; round += 1) {
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
process.stdout.write(`${Math.round(((performance.now() - startedAt) / REFERENCE_MS) * 100)}\n`);
