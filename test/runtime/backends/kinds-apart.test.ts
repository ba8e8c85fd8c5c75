// Two servers of one kind, side by side: each answers its own callers, and what one of them gave or
// accepts is worth nothing at the other.

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readEnvironment } from '../../../config/env.ts';
import { PLAIN } from '../../../standins/openid-issuer/modes.ts';
import { type OpenIdIssuer, openIssuer } from '../../../standins/openid-issuer/openid-issuer.ts';
import { post } from '../post.ts';
import { shakeHands } from '../protocol/questions/asking.ts';
import { startHost, type TestHost } from '../start-host.ts';
import { PORT } from './command/listeners.ts';
import { startUpstream, type Upstream } from './url/upstreams.ts';

const NAMES = ['alpha', 'beta'] as const;
type Name = (typeof NAMES)[number];

interface Kind {
  readonly kind: string;
  /** Keys of the entry of a server that answers with its name. */
  entry(name: Name): object | Promise<object>;
  /** Tool and arguments by which it does. */
  readonly asking: readonly [tool: string, args: object];
}

const ECHO = ['echo', { text: 'x' }] as const;
const VARIABLE = ['variable', { name: 'WHO', value: 'WHO' }] as const;
const EXPORTS = { alpha: 'createServer', beta: 'createBeta' } as const;
const moduleOf = (name: Name, keys: object = {}) => ({
  module: './kernel-v1.mjs',
  export: EXPORTS[name],
  ...keys,
});
const programOf = (name: Name, keys: object = {}) => ({
  command: 'node',
  args: ['../programs/mcp.mjs'],
  env: { WHO: `${name}:x` },
  ...keys,
});
const listenerOf = (name: Name, keys: object = {}) => ({
  ...programOf(name, keys),
  args: ['../programs/listener.mjs', 'v1'],
  url: `http://127.0.0.1:${PORT}/mcp`,
});
const upstreamOf = async (name: Name, keys: object = {}) => {
  const { url } = await upstream(name);
  return { url, ...keys };
};

/** Made for the test that asks. */
function upstream(name: Name): Promise<Upstream> {
  return startUpstream('v1 stateful', () => {
    const server = new McpServer({ name, version: '1.0.0' });
    let calls = 0;
    const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });
    server.registerTool('echo', {}, () => text(`${name}:x`));
    server.registerTool('count', {}, () => text(String(++calls)));
    return server;
  });
}

const KINDS: readonly Kind[] = [
  { kind: 'modules, per request', entry: (name) => moduleOf(name), asking: ECHO },
  {
    kind: 'modules, shared',
    entry: (name) => moduleOf(name, { instance: 'shared' }),
    asking: ECHO,
  },
  {
    kind: 'modules in threads',
    entry: (name) => moduleOf(name, { isolation: 'thread', instance: 'shared' }),
    asking: ECHO,
  },
  {
    kind: 'programs, shared',
    entry: (name) => programOf(name, { instance: 'shared' }),
    asking: VARIABLE,
  },
  { kind: 'programs, per session', entry: (name) => programOf(name), asking: VARIABLE },
  { kind: 'programs with their own listener', entry: (name) => listenerOf(name), asking: VARIABLE },
  { kind: 'servers at a URL', entry: (name) => upstreamOf(name), asking: ECHO },
];

async function hostBoth(
  entryOf: (name: Name) => object | Promise<object>,
  environment = readEnvironment({}),
): Promise<TestHost> {
  const entries = await Promise.all(
    NAMES.map(async (name) => `  ${name}: ${JSON.stringify(await entryOf(name))}`),
  );
  return startHost({
    listen: true,
    yaml: `defaults: { auth: anonymous, maxConcurrent: 500 }\nservers:\n${entries.join('\n')}\n`,
    environment,
  });
}

const callOf = (url: string, name: Name, tool: string, args: object = {}, headers = {}) =>
  post(
    `${url}/${name}/mcp`,
    { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: args } },
    headers,
  );

describe.each(KINDS)('two $kind', ({ entry, asking: [tool, args] }) => {
  it('answer 100 calls each at once, and none with the answer of the other', async () => {
    const { url } = await hostBoth(entry);
    const sessions = { alpha: await session(url, 'alpha'), beta: await session(url, 'beta') };
    const texts = await Promise.all(
      Array.from({ length: 200 }, async (_, number) => {
        const name = NAMES[number % 2] as Name;
        const { text } = await callOf(url, name, tool, args, sessions[name]);
        return text === `${name}:x`;
      }),
    );
    expect(texts.filter(Boolean)).toHaveLength(200);
  });

  it('take no token that is for the other, which the server never learns', async () => {
    const issuer = await startIssuer();
    const guarded = async (name: Name) => ({
      ...(await entry(name)),
      auth: 'jwt',
      jwt: { issuer: issuer.issuer, audience: name },
    });
    const environment = readEnvironment({ MCP_PUBLIC_BASE_URL: 'https://mcp.example.com' });
    const { url, logs, servers } = await hostBoth(guarded, environment);
    const by = async (aud: Name) => ({
      authorization: `Bearer ${await issuer.token({ aud, sub: 'ada' })}`,
    });
    const own = await callOf(url, 'alpha', tool, args, await by('alpha'));
    expect(own).toMatchObject({ status: 200, text: 'alpha:x' });
    // Programs and upstreams have not been started or asked until now, and stay so.
    const before = servers[1]?.state.is;
    const foreign = await callOf(url, 'beta', tool, args, await by('alpha'));
    expect(foreign).toMatchObject({ status: 401, error: { data: { reason: 'invalid-token' } } });
    const served = logs.filter(({ msg, server }) => msg === 'request' && server === 'beta');
    expect(served).toEqual([]);
    expect(servers[1]?.state.is).toBe(before);
  });
});

const session = (url: string, name: Name): Promise<Record<string, string>> =>
  shakeHands(`${url}/${name}/mcp`, {});

async function startIssuer(): Promise<OpenIdIssuer> {
  const issuer = await openIssuer(PLAIN);
  onTestFinished(() => issuer.stop());
  return issuer;
}

const KEEPING = [
  ['programs', (name: Name) => programOf(name), ['remember', { value: 'mine' }], 'recall'],
  ['programs with their own listener', (name: Name) => listenerOf(name), ['count', {}], 'count'],
  ['servers at a URL', (name: Name) => upstreamOf(name), ['count', {}], 'count'],
] as const;

describe.each(KEEPING)('the session of one of two %s', (_kind, entry, [keep, args], recall) => {
  it('is unknown at the other, where its caller finds nothing that it keeps', async () => {
    const { url } = await hostBoth(entry);
    const [own, other] = [await session(url, 'alpha'), await session(url, 'beta')];
    for (const headers of [own, own]) await callOf(url, 'alpha', keep, args, headers);
    await callOf(url, 'beta', keep, args, other);
    const fresh = recall === 'recall' ? 'nothing' : '1';
    const { text } = await callOf(url, 'beta', recall, {}, own);
    expect(text).toBe(fresh);
    const kept = recall === 'recall' ? 'mine' : '3';
    expect((await callOf(url, 'alpha', recall, {}, own)).text).toBe(kept);
  });
});
