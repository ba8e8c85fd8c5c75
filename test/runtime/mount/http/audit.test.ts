// Who called what: each tool call has one record, in every way of telling callers apart and every
// `host.audit`; never an argument, a result or a key.

import { beforeAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../../config/env.ts';
import type { CallRecord, Observing } from '../../../../runtime/exchange/observer.ts';
import { TENANT_ID } from '../../../../standins/openid-issuer/entra-apps.ts';
import { entraClaims } from '../../../../standins/openid-issuer/entra-mode.ts';
import {
  entraVariables,
  guardedYaml,
  type Issuers,
  openIssuers,
} from '../../authorization/guarded-servers.ts';
import { startHost, type TestHost } from '../../start-host.ts';
import { modern } from './modern.ts';
import { call, JSON_HEADERS } from './mounts.ts';
import { CANARY } from './refusal.ts';

const BASE_URL = 'https://mcp.example';
const STATE_KEY = 'a state key of the tests, long enough';
const OTHER_KEY = 'another state key of the tests, also long';
const MODES = ['none', 'hash', 'id'] as const;
type Mode = (typeof MODES)[number];
const ERAS = ['legacy', 'modern'] as const;
type Era = (typeof ERAS)[number];
const HASH = /^[\w-]{16}$/;

let issuers: Issuers;
beforeAll(async () => {
  issuers = await openIssuers({ baseUrl: BASE_URL });
  return () => issuers.stop();
});

/** One way in which callers are told apart. */
interface Kind {
  readonly name: string;
  readonly server: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Headers of a caller with this name. */
  headers(who: string): Promise<Record<string, string>> | Record<string, string>;
  /** The caller in a record of `audit: id`. */
  id(who: string): unknown;
  readonly clientFrom: 'token' | 'clientInfo';
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const FUNCTIONS = { FUNCTIONS_CUSTOMHANDLER_PORT: '1' };

const KINDS: readonly Kind[] = [
  {
    name: 'a token of Entra',
    server: 'weather',
    headers: async (who) =>
      bearer(
        await issuers.entra.token(
          entraClaims({ oid: who, sub: `pairwise ${who}`, azp: 'editor', scp: 'mcp.weather' }),
        ),
      ),
    id: (who) => `subject ${TENANT_ID}/${who}`,
    clientFrom: 'token',
  },
  {
    name: 'a token of another issuer',
    server: 'tasks',
    headers: async (who) =>
      bearer(
        await issuers.plain.token({
          ...{ aud: `${BASE_URL}/tasks/mcp`, sub: who, client_id: 'editor' },
          // Words of an issuer that is not Entra.
          ...{ tid: TENANT_ID, oid: 'somebody-else' },
        }),
      ),
    id: (who) => `subject ${issuers.plain.url} ${who}`,
    clientFrom: 'token',
  },
  {
    name: 'a principal of App Service',
    server: 'open',
    environment: { WEBSITE_AUTH_ENABLED: 'true' },
    headers: (who) => ({ 'x-ms-client-principal-id': who }),
    id: (who) => `principal ${who}`,
    clientFrom: 'clientInfo',
  },
  {
    name: 'a function key',
    server: 'keyed',
    environment: FUNCTIONS,
    headers: (who) => ({ 'x-functions-key': `${CANARY}-${who}` }),
    id: () => expect.stringMatching(/^key [\w-]{16}$/),
    clientFrom: 'clientInfo',
  },
  {
    name: 'nothing',
    server: 'open',
    headers: (who) => ({ 'x-ms-client-principal-id': who, 'x-functions-key': who }),
    id: () => undefined,
    clientFrom: 'clientInfo',
  },
];

interface HostOptions {
  readonly mode?: Mode;
  readonly variables?: Readonly<Record<string, string>>;
  readonly observing?: Observing;
}

function startAudited({ mode, variables = {}, observing = {} }: HostOptions): Promise<TestHost> {
  const yaml = `${guardedYaml(issuers.plain.url, BASE_URL)}
  keyed: { module: ./kernel-v1.mjs, auth: function, maxConcurrent: 1 }
${mode ? `host: { audit: ${mode} }` : ''}`;
  const environment = readEnvironment({
    MCP_HOST_STATE_KEY: STATE_KEY,
    ...entraVariables(issuers),
    MCP_PUBLIC_BASE_URL: BASE_URL,
    ...variables,
  });
  return startHost({ yaml, environment, observing });
}

const CLIENT_INFO = { name: 'an editor', version: '9.9' };

async function send(
  host: TestHost,
  { server, era = 'legacy' }: { readonly server: string; readonly era?: Era },
  headers: Readonly<Record<string, string>>,
  tool = 'echo',
): Promise<number> {
  const args = { text: CANARY, what: CANARY };
  const session = era === 'legacy' ? await handshake(host, server, headers) : {};
  const request =
    era === 'modern'
      ? modern({
          method: 'tools/call',
          params: { name: tool, arguments: args },
          meta: {
            'io.modelcontextprotocol/protocolVersion': '2026-07-28',
            'io.modelcontextprotocol/clientCapabilities': {},
            'io.modelcontextprotocol/clientInfo': CLIENT_INFO,
          },
        })
      : { headers: { ...JSON_HEADERS, ...session }, body: JSON.stringify(call(tool, args)) };
  const answer = await host.app.inject({
    method: 'POST',
    url: `/${server}/mcp`,
    headers: {
      host: 'localhost',
      'x-azure-functions-invocationid': 'invocation-1',
      ...request.headers,
      ...headers,
    },
    payload: request.body,
  });
  return answer.statusCode;
}

/** @returns the header of the session that the client's name travels in. */
async function handshake(
  host: TestHost,
  server: string,
  headers: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: CLIENT_INFO };
  const answer = await host.app.inject({
    method: 'POST',
    url: `/${server}/mcp`,
    headers: { ...JSON_HEADERS, ...headers },
    payload: JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params }),
  });
  const session = answer.headers['mcp-session-id'];
  return typeof session === 'string' ? { 'mcp-session-id': session } : {};
}

const records = ({ logs }: TestHost) => logs.filter(({ audit }) => audit === 'tool-call');
const refusals = ({ logs }: TestHost) => logs.filter(({ msg }) => msg === 'refused');

function expectedCaller(mode: Mode, id: unknown): unknown {
  if (mode === 'none' || id === undefined) return undefined;
  return mode === 'id' ? id : expect.stringMatching(HASH);
}

describe.each(MODES)('with host.audit: %s', (mode) => {
  describe.each(KINDS)('callers told apart by $name', (kind) => {
    it.each(ERAS)('have one record for each tool call, in the %s era', async (era) => {
      const variables = kind.environment ?? {};
      const host = await startAudited({ mode, variables });
      const { server } = kind;
      for (const who of ['ada', 'ada', 'bob']) {
        expect(await send(host, { server, era }, await kind.headers(who))).toBe(200);
      }
      const found = records(host);
      expect(found).toHaveLength(mode === 'none' ? 0 : 3);
      for (const [index, record] of found.entries()) {
        const id = kind.id(index < 2 ? 'ada' : 'bob');
        expect(record).toEqual({
          level: 'info',
          time: expect.any(String),
          msg: 'request',
          audit: 'tool-call',
          server,
          era,
          method: 'tools/call',
          target: 'echo',
          outcome: 'ok',
          durationMs: expect.any(Number),
          ...(id === undefined ? {} : { caller: expectedCaller(mode, id) }),
          client: kind.clientFrom === 'token' ? 'editor' : 'an editor',
          clientFrom: kind.clientFrom,
          invocationId: 'invocation-1',
        });
      }
      const [first, second, third] = found.map(({ caller }) => caller);
      expect(second).toBe(first);
      if (first !== undefined) expect(third).not.toBe(first);
      expect(host.lines.join()).not.toContain(CANARY);
    });
  });

  it('refusals name the caller as its calls do', async () => {
    const host = await startAudited({ mode, variables: FUNCTIONS });
    const key = { 'x-functions-key': CANARY };
    await send(host, { server: 'keyed' }, key);
    const url = '/keyed/mcp';
    const headers = { ...JSON_HEADERS, ...key };
    await host.app.inject({ method: 'POST', url, headers, payload: '[]' });
    const [refused] = refusals(host);
    expect(refused).toMatchObject({ reason: 'batch' });
    expect(refused?.caller).toEqual(expectedCaller(mode, KINDS[3]?.id('')));
    if (mode !== 'none') expect(refused?.caller).toBe(records(host)[0]?.caller);
    expect(host.lines.join()).not.toContain(CANARY);
  });

  it('LOG_LEVEL keeps no record back, and only records pass it', async () => {
    const host = await startAudited({ mode, variables: { LOG_LEVEL: 'silent' } });
    await send(host, { server: 'open' }, {});
    expect(host.logs.map(({ method }) => method)).toEqual(mode === 'none' ? [] : ['tools/call']);
  });
});

describe('a hash', () => {
  const [entra] = KINDS as readonly [Kind];
  const hashOf = async (variables: Record<string, string | undefined>): Promise<unknown> => {
    const host = await startAudited({ variables: variables as Record<string, string> });
    await send(host, entra, await entra.headers('ada'));
    return records(host)[0]?.caller;
  };

  it('is the default, the same in hosts that share MCP_HOST_STATE_KEY, another with another key', async () => {
    const one = await hashOf({});
    expect(one).toMatch(HASH);
    expect(await hashOf({})).toBe(one);
    expect(await hashOf({ MCP_HOST_STATE_KEY: OTHER_KEY })).not.toBe(one);
  });

  it('is of this process only where there is no MCP_HOST_STATE_KEY', async () => {
    const one = await hashOf({ MCP_HOST_STATE_KEY: '' });
    expect(one).toMatch(HASH);
    expect(await hashOf({ MCP_HOST_STATE_KEY: '' })).not.toBe(one);
  });

  it('is the same for one caller of two servers', async () => {
    const host = await startAudited({});
    const scp = 'mcp.weather mcp.time';
    const token = await issuers.entra.token(entraClaims({ scp }));
    for (const server of ['weather', 'time']) await send(host, { server }, bearer(token));
    const [weather, time] = records(host);
    expect(weather?.server).not.toBe(time?.server);
    expect(weather?.caller).toMatch(HASH);
    expect(time?.caller).toBe(weather?.caller);
  });
});

describe('a record', () => {
  it.each([
    { taken: true, lines: 0 },
    { taken: false, lines: 1 },
  ])('has a line below LOG_LEVEL only where telemetry did not take it: $taken', async (row) => {
    const taken: CallRecord[] = [];
    const exportCall = (record: CallRecord): boolean => taken.push(record) > 0 && row.taken;
    const host = await startAudited({
      variables: { LOG_LEVEL: 'warn' },
      observing: { exportCall },
    });
    await send(host, { server: 'open' }, {});
    expect(taken).toMatchObject([{ server: 'open', target: 'echo', outcome: 'ok' }]);
    expect(records(host)).toHaveLength(row.lines);
  });

  it.each([
    ['throw', 'tool-error'],
    ['no-such-tool', 'error -32602'],
  ])('of %s has the outcome of the log line', async (tool, outcome) => {
    const host = await startAudited({});
    await send(host, { server: 'open', era: 'modern' }, {}, tool);
    expect(records(host)).toMatchObject([{ target: tool, outcome }]);
    expect(host.lines.join()).not.toContain(CANARY);
  });

  it('names no client where neither a token nor the client does', async () => {
    const host = await startAudited({});
    const payload = JSON.stringify(call('echo', { text: 'x' }));
    await host.app.inject({ method: 'POST', url: '/open/mcp', headers: JSON_HEADERS, payload });
    const [record] = records(host);
    expect(record).toMatchObject({ outcome: 'ok' });
    expect(record).not.toHaveProperty('client');
    expect(record).not.toHaveProperty('clientFrom');
  });

  it('is bounded and printable whatever a subject or a client is called', async () => {
    const host = await startAudited({ mode: 'id' });
    const hostile = `a\n\u0085\u2028${'x'.repeat(2_000)}`;
    const token = await issuers.plain.token({
      ...{ aud: `${BASE_URL}/tasks/mcp`, sub: hostile, client_id: hostile },
    });
    await send(host, { server: 'tasks' }, bearer(token), hostile);
    const line = host.lines.at(-1) as string;
    expect(line).toContain('"audit":"tool-call"');
    expect(line).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}]*\n$/u);
    expect(line.length).toBeLessThan(1_200);
  });

  it('is one for each tool call, and none for other requests', async () => {
    const host = await startAudited({});
    const payload = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    await host.app.inject({ method: 'POST', url: '/open/mcp', headers: JSON_HEADERS, payload });
    expect(host.logs.at(-1)).toMatchObject({ msg: 'request', method: 'tools/list' });
    expect(records(host)).toEqual([]);
  });
});
