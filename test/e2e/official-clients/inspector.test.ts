// The official MCP Inspector, as a person would run it from a shell, against the sample servers.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SampleHost, samples, startSampleHost } from './host.ts';
import { INSPECTOR_TIMEOUT_MS, inspect, needsInspector } from './inspector.ts';

const cells = Object.entries(samples).flatMap(([mount, question]) =>
  ['legacy', 'auto'].map((era) => ({ mount, era, ...question })),
);

describe('the Inspector', { timeout: INSPECTOR_TIMEOUT_MS }, () => {
  let host: SampleHost;
  beforeAll(async () => {
    host = await startSampleHost();
  });
  afterAll(() => host.stop());

  test.for(cells)('lists and calls the tools of $mount, era $era', async (cell, context) => {
    needsInspector(context);
    const { mount, era, tools, call, answer } = cell;
    const server = [`${host.url}/${mount}/mcp`, '--transport', 'http', '--protocol-era', era];
    const listed = await inspect([...server, '--method', 'tools/list']);
    expect((listed.tools as { name: string }[]).map(({ name }) => name)).toEqual(tools);
    const method = ['--method', 'tools/call', '--tool-name', call.name];
    const argument = ['--tool-args-json', JSON.stringify(call.arguments)];
    const called = await inspect([...server, ...method, ...argument]);
    expect((called.content as { text: string }[])[0]?.text).toMatch(answer);
  });
});
