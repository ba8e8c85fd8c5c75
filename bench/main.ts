// Server CPU per tools/call: this host against a bare Fastify route that parses and answers the same JSON, in
// interleaved batches of one run. Prints a table; absolute times vary with the machine, the ratios count.

import { parseArgs } from 'node:util';
import { createLoad } from './load.ts';
import { startTarget, type Target } from './target.ts';

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '4000' },
    batches: { type: 'string', default: '9' },
    json: { type: 'boolean', default: false },
  },
});
const calls = Number(values.calls);
const batches = Number(values.batches);

const MESSAGE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'echo', arguments: { text: 'hello' } },
};

const host = {
  command: ['dist/runtime/main.js'],
  environment: { MCP_SERVERS_FILE: 'bench/servers/servers.yaml' },
};

const load = createLoad();
const floor = await startTarget({ name: 'bare Fastify', command: ['bench/servers/fastify.mjs'] });
const ours = await startTarget({ name: 'this host', ...host });
const rows = [
  { name: 'bare Fastify route', target: floor, path: '/echo' },
  { name: 'shared, SDK v1', target: ours, path: '/v1-shared/mcp' },
  { name: 'shared, SDK v2', target: ours, path: '/v2-shared/mcp' },
  { name: 'per-request, SDK v1', target: ours, path: '/v1-fresh/mcp' },
  { name: 'per-request, SDK v2', target: ours, path: '/v2-fresh/mcp' },
].map((row) => ({ ...row, samplesMs: [] as number[] }));

try {
  for (const row of rows) await measure(row.target, row.path);
  for (let batch = 0; batch < batches; batch += 1) {
    for (const row of rows) row.samplesMs.push(await measure(row.target, row.path));
    process.stderr.write(`\r${batch + 1} of ${batches} batches`);
  }
  process.stderr.write('\n');
} finally {
  floor.stop();
  ours.stop();
  load.close();
}

const floorMs = rows[0]?.samplesMs ?? [];
const results = rows.map(({ name, samplesMs }) => ({
  name,
  cpuMsPerCall: median(samplesMs),
  // Batch by batch, so that a machine that slows down slows both sides of a ratio.
  timesFloor: median(samplesMs.map((value, batch) => value / (floorMs[batch] as number))),
}));

if (values.json) process.stdout.write(`${JSON.stringify(results)}\n`);
else {
  for (const { name, cpuMsPerCall, timesFloor } of results) {
    const figures = `${cpuMsPerCall.toFixed(3).padStart(7)} ms  ${timesFloor.toFixed(2).padStart(6)} x`;
    process.stdout.write(`${name.padEnd(22)}${figures}\n`);
  }
}

async function measure(target: Target, path: string): Promise<number> {
  const before = target.cpuMs();
  await load.run(target.url + path, MESSAGE, calls);
  return (target.cpuMs() - before) / calls;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
