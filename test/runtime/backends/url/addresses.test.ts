// Addresses of platforms' metadata services are never connected to, however they are written or
// found.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

import dns from 'node:dns';
import { expect, it, onTestFinished, vi } from 'vitest';
import { parseConfig } from '../../../../config/load.ts';
import { post } from '../../post.ts';
import { startHost, type TestHost } from '../../start-host.ts';
import { hostOf, serve, startUpstream } from './upstreams.ts';

const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/list' };

const LITERAL = [
  'https://169.254.169.254/mcp',
  'https://2852039166/mcp',
  'https://0xa9fea9fe/mcp',
  'https://0251.0376.0251.0376/mcp',
  'https://169.254.43518/mcp',
  'https://[::ffff:169.254.169.254]/mcp',
  'https://[::ffff:a9fe:a9fe]:443/mcp',
  'https://[64:ff9b::a9fe:a9fe]/mcp',
  'https://[fe80::1]/mcp',
  'https://[fd00:ec2::254]/mcp',
  'https://168.63.129.16/mcp',
];

const yamlOf = (url: string, settings = ''): string =>
  `defaults: { auth: anonymous }\nservers:\n  up: { url: "${url}"${settings} }\n`;

it.each(LITERAL)('check refuses %s', (url) => {
  expect(() => parseConfig(yamlOf(url), '/x/servers.yaml')).toThrow(/metadata service/);
});

/** A host whose server has an address with a variable in it. */
function hostNamed(host: string): Promise<TestHost> {
  vi.stubEnv('UP_HOST', host);
  onTestFinished(() => void vi.unstubAllEnvs());
  return startHost({ yaml: yamlOf('https://${UP_HOST}/mcp', ', start: eager') });
}

it.each(LITERAL)('a variable in %s is refused at the start', async (url) => {
  const host = await hostNamed(/\/\/(.*)\/mcp/.exec(url)?.[1] ?? '');
  expect(host.servers[0]?.state).toMatchObject({ is: 'unavailable', word: 'forbidden-address' });
});

it.each(['not a host', 'u:p@crm.example.com', 'crm.example.com/#', '[::1'])(
  'a variable that is %s is refused at the start',
  async (name) => {
    const host = await hostNamed(name);
    expect(host.servers[0]?.state).toMatchObject({ is: 'unavailable', word: 'invalid-setting' });
    expect(host.lines.join('')).not.toContain('u:p@');
  },
);

it('a variable with a line break is refused as a header, and not logged', async () => {
  const upstream = await startUpstream('v1 stateless');
  vi.stubEnv('UP_KEY', 'secret\nx-evil: 1');
  onTestFinished(() => void vi.unstubAllEnvs());
  const { servers, lines } = await hostOf(
    upstream,
    'start: eager, headers: { x-api-key: "${UP_KEY}" }',
  );
  expect(servers[0]?.state).toMatchObject({ is: 'unavailable', word: 'invalid-setting' });
  expect(lines.join('')).not.toContain('secret');
  expect(upstream.received).toHaveLength(0);
});

/** Every name resolves to `addresses` until the test ends. */
function resolveTo(...addresses: string[]): void {
  const records = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const lookup = (...args: unknown[]): void => {
    const done = args.at(-1) as (error: null, found: typeof records) => void;
    done(null, records);
  };
  vi.spyOn(dns, 'lookup').mockImplementation(lookup as typeof dns.lookup);
  onTestFinished(() => void vi.restoreAllMocks());
}

async function outcomeOf(host: TestHost) {
  const { status, error } = await post(`${host.url}/up/mcp`, CALL);
  return [status, error?.data?.reason];
}

it.each([
  [['169.254.169.254']],
  [['168.63.129.16']],
  [['::ffff:169.254.169.254']],
  [['64:ff9b::a9fe:a9fe']],
  [['fe80::1%eth0']],
  [['fd00:ec2::254']],
  [['127.0.0.1', '169.254.169.254']],
])('a name that resolves to %s is refused when it is connected to', async (addresses) => {
  const upstream = await startUpstream('v1 stateless');
  const host = await hostOf({ url: `https://crm.example.com:${upstream.port}/mcp` });
  resolveTo(...addresses);
  expect(await outcomeOf(host)).toEqual([503, 'unavailable']);
  expect(host.servers[0]?.state).toMatchObject({ is: 'unavailable', word: 'forbidden-address' });
  expect(upstream.received).toHaveLength(0);
});

it('a name that resolves to another address later is looked at again', async () => {
  const upstream = await serve((_, response, { id, method }) => {
    const serverInfo = { name: 'x', version: '1' };
    const result = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo };
    response.writeHead(method === 'initialize' ? 200 : 202, {
      'content-type': 'application/json',
      connection: 'close',
    });
    response.end(id === undefined ? '' : JSON.stringify({ jsonrpc: '2.0', id, result }));
  });
  const host = await hostOf({ url: `http://localhost:${upstream.port}/mcp` }, 'start: eager');
  expect(host.servers[0]?.state.is).toBe('serving');
  const before = upstream.received.length;
  resolveTo('169.254.169.254');
  expect(await outcomeOf(host)).toEqual([503, 'unavailable']);
  expect(upstream.received).toHaveLength(before);
});

it('a redirect to a metadata service is not followed at the start', async () => {
  const upstream = await serve((_, response) =>
    response.writeHead(308, { location: 'http://169.254.169.254/' }).end(),
  );
  const host = await hostOf(upstream);
  expect(await outcomeOf(host)).toEqual([503, 'unavailable']);
  expect(host.servers[0]?.state).toMatchObject({ word: 'upstream-redirect' });
});
