// Modules that bring their own copy of an SDK: a faulty one is unavailable, an old one is warned
// of, and any other serves although its classes are not the host's.

import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callTool } from '../../../e2e/call-tool.ts';
import { type CasesHost, nameOf, startCases } from './start-cases.ts';
import type { ModuleCase } from './unavailable.ts';

const PACKAGES = resolve(import.meta.dirname, '../../../../node_modules');
const V1 = '@modelcontextprotocol/sdk';
const V2 = '@modelcontextprotocol/server';

const MODULE = `
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
export const createServer = () => {
  const server = new McpServer({ name: 'm', version: '1' });
  const echo = (args) => ({ content: [{ type: 'text', text: args.text }] });
  server.registerTool('echo', { description: 'echo', inputSchema: z.object({ text: z.string() }) }, echo);
  return server;
};
`;

/** A copy of SDK v1 by its package.json; the code is the real one. */
function copyOf(version: string): Record<string, string> {
  const real = JSON.stringify(join(PACKAGES, V1, 'dist/esm/server/mcp.js'));
  return {
    'ID/index.mjs': MODULE,
    [`ID/node_modules/${V1}/package.json`]: JSON.stringify({
      name: V1,
      version,
      exports: { './*': './dist/esm/*' },
    }),
    // The real package, too, has a package.json without a name in each folder of its build.
    [`ID/node_modules/${V1}/dist/esm/package.json`]: '{ "type": "module" }',
    [`ID/node_modules/${V1}/dist/esm/server/mcp.js`]: `export * from ${real};`,
    [`ID/node_modules/${V1}/dist/esm/types.js`]: '',
  };
}

/**
 * What SDK v1 up to 1.25.3 does, bundled into the module: `connect` replaces the transport of
 * another caller.
 */
const BUNDLED = `${MODULE.replace('createServer =', 'build =').replace('export ', '')}
export const createServer = () => {
  const server = build();
  const { connect } = server.server;
  server.server.connect = async (transport) => {
    server.server._transport = undefined;
    await connect.call(server.server, transport);
  };
  return server;
};
`;

interface CopyCase extends ModuleCase {
  readonly status: 'serving' | 'unavailable';
  /** What the log says of it; nothing when absent. */
  readonly told?: RegExp;
}

const CASES: readonly CopyCase[] = [
  {
    what: 'SDK v1 1.20.0',
    files: copyOf('1.20.0'),
    status: 'unavailable',
    told: /sdk 1\.20\.0.*CVE-2026-25536.*Fix: /,
  },
  {
    what: 'SDK v1 1.25.3',
    files: copyOf('1.25.3'),
    status: 'unavailable',
    told: /sdk 1\.25\.3.*CVE-2026-25536.*Fix: /,
  },
  {
    what: 'SDK v1 1.31.0',
    files: copyOf('1.31.0'),
    status: 'serving',
    told: /sdk 1\.31\.0.*Fix: update/,
  },
  { what: 'SDK v1 1.32.2', files: copyOf('1.32.2'), status: 'serving' },
  {
    what: 'a version that is none',
    files: copyOf('next'),
    status: 'serving',
  },
  {
    what: 'a bundled SDK v1 whose connect replaces its transport',
    files: { 'ID/index.mjs': BUNDLED },
    status: 'unavailable',
    told: /CVE-2026-25536.*Fix: /,
  },
  { what: 'a separate copy of SDK v1', files: { 'ID/index.mjs': MODULE }, status: 'serving' },
  {
    what: 'a separate copy of SDK v2',
    files: { 'ID/index.mjs': MODULE.replace(`${V1}/server/mcp.js`, V2) },
    status: 'serving',
  },
].map((each) => ({ ...each, entry: 'module: ./ID/index.mjs' }) as CopyCase);

const separate = (what: string, name: string): [string, string] => {
  const index = CASES.findIndex((each) => each.what === what);
  return [`case-${index}/node_modules/${name}`, join(PACKAGES, name)];
};

let host: CasesHost;
beforeAll(async () => {
  host = await startCases(CASES, {
    copies: Object.fromEntries([
      separate('a separate copy of SDK v1', V1),
      separate('a separate copy of SDK v2', V2),
    ]),
  });
}, 60_000);
afterAll(() => host?.stop());

it.each(CASES)('a module with $what is $status', async (each) => {
  const name = nameOf(CASES, each);
  const told = host.linesOf(name).filter(({ level }) => level !== 'info');
  if (each.told) {
    expect(told).toHaveLength(1);
    expect(`${told[0]?.detail ?? told[0]?.msg}`).toMatch(each.told);
  } else {
    expect(told).toEqual([]);
  }
  const reason = each.status === 'unavailable' ? { reason: 'faulty-sdk' } : {};
  expect(host.states.get(name)).toMatchObject({ status: each.status, ...reason });
  const answer = await callTool(`${host.base}/${name}/mcp`, 'echo', { text: 'x' });
  expect(answer).toMatchObject(
    each.status === 'serving' ? { status: 200, text: 'x' } : { status: 503, reason: 'unavailable' },
  );
});
