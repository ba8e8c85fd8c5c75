// Which request gets a page, and what of a server is on it: on this machine, in Azure, and with `host.pages: false`.

import { describe, expect, test } from 'vitest';
import type { Environment } from '../../../config/env.ts';
import { startHost } from '../start-host.ts';

const HTML = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const YAML = `
servers:
  open: { module: ./kernel-v1.mjs, auth: anonymous, title: Open title, description: Open text }
  keyed: { module: ./kernel-v1.mjs, auth: function, title: Keyed title, description: Keyed text }
  people: { module: ./kernel-v1.mjs, auth: entra, title: People title, description: People text }
  issued:
    module: ./kernel-v1.mjs
    auth: jwt
    title: Issued title
    description: Issued text
    jwt: { issuer: "https://issuer.example", audience: notes }
    scopes: [notes.read]
  inner: { module: ./kernel-v1.mjs, auth: anonymous, path: none, title: Inner title }
  all: { combine: { open: {}, inner: {} }, auth: anonymous, title: All title }
`;
const AZURE: Partial<Environment> = {
  behindFunctionsHost: true,
  websiteHostname: 'func-x.azurewebsites.net',
  entraTenantId: '11111111-2222-4333-8444-555555555555',
  entraClientId: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee',
};
/** What the Functions host adds. */
const FORWARDED = {
  host: '127.0.0.1:3000',
  'x-forwarded-for': '203.0.113.7',
  'x-azure-functions-invocationid': 'b1',
};

interface Place {
  readonly yaml?: string;
  readonly environment?: Partial<Environment>;
  readonly headers?: Readonly<Record<string, string>>;
}

async function browse({ yaml = YAML, environment = {}, headers = {} }: Place = {}) {
  const { app } = await startHost({ yaml, environment });
  return (
    url: string,
    more: Readonly<Record<string, string>> = {},
    method: 'GET' | 'HEAD' = 'GET',
  ) =>
    app.inject({ method, url, headers: { host: 'localhost', accept: HTML, ...headers, ...more } });
}

const azure = { environment: AZURE, headers: FORWARDED };
const titles = (text: string): string[] =>
  ['Open', 'Keyed', 'People', 'Issued', 'Inner', 'All'].filter((word) =>
    text.includes(`${word} title`),
  );

describe('Accept', () => {
  test.each([
    [HTML, true],
    ['text/html', true],
    ['TEXT/HTML;q=0.5', true],
    ['text/html, text/event-stream', false],
    ['text/event-stream', false],
    ['application/json', false],
    ['*/*', false],
    ['text/*', false],
    ['text/html;q=0, application/json', false],
    ['text/html; level=1; q=0.0', false],
    ['', false],
  ])('%j gets a page: %j', async (accept, isPage) => {
    const get = await browse();
    const one = await get('/open/mcp', { accept });
    expect(one.statusCode).toBe(isPage ? 200 : 405);
    if (!isPage) expect(one.headers.allow).toBe('POST');
    const root = await get('/', { accept });
    expect(root.statusCode).toBe(200);
    if (isPage) expect(root.headers['content-type']).toBe('text/html; charset=utf-8');
    else expect(root.body).toBe('MCP host\n');
  });

  test('a probe without Accept gets the answer of a probe', async () => {
    const { app } = await startHost({ yaml: YAML });
    expect((await app.inject('/')).body).toBe('MCP host\n');
  });

  test('HEAD has the headers of the page', async () => {
    const answer = await (await browse())('/open/mcp', {}, 'HEAD');
    expect(answer).toMatchObject({ statusCode: 200, body: '' });
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
  });

  test.each(['DELETE', 'PUT', 'PATCH'] as const)('%s gets no page', async (method) => {
    const { app } = await startHost({ yaml: YAML });
    const headers = { host: 'localhost', accept: HTML };
    expect((await app.inject({ method, url: '/open/mcp', headers })).statusCode).toBe(405);
  });
});

test('every page forbids all that it does not have', async () => {
  const get = await browse();
  for (const path of ['/', '/open/mcp', '/open/mcp/', '/open/mcp?code=secret']) {
    const { headers, body } = await get(path);
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; script-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect(headers).toMatchObject({
      vary: 'Accept',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    expect(body).not.toContain('secret');
  }
});

describe('on the machine of the host', () => {
  test.each([
    ['open', 'No sign-in'],
    ['keyed', 'None here. In Azure, callers send a key'],
    ['people', 'Microsoft Entra'],
    ['issued', 'https://issuer.example'],
    ['all', 'No sign-in'],
  ])('%s is shown in full', async (name, signIn) => {
    const { statusCode, body } = await (await browse())(`/${name}/mcp`);
    expect(statusCode).toBe(200);
    expect(body).toContain(`http://127.0.0.1:3000/${name}/mcp`);
    expect(body).toContain(signIn);
    expect(body).toMatch(/ title<\/bdi><\/h1>/);
  });

  test('a server is shown with its description, state and tools', async () => {
    const { body } = await (await browse())('/keyed/mcp');
    expect(body).toContain('Keyed text');
    expect(body).toContain('Serving');
    expect(body).toContain('<code><bdi>echo</bdi></code>');
    expect(body).toContain('delayMs');
  });

  test('the list has every server with a path', async () => {
    const { body } = await (await browse())('/');
    expect(titles(body)).toEqual(['Open', 'Keyed', 'People', 'Issued', 'All']);
  });

  test('a host name that is not ours gets no page (DNS rebinding)', async () => {
    const get = await browse();
    expect((await get('/', { host: 'evil.example' })).body).toBe('MCP host\n');
    const one = await get('/keyed/mcp', { host: 'evil.example' });
    expect(one.statusCode).toBe(403);
    expect(one.body).not.toContain('Keyed');
  });

  test('a request that came from elsewhere sees what callers in Azure see', async () => {
    const yaml = `host: { publicUrl: "https://mcp.example" }${YAML}`;
    const get = await browse({ yaml, headers: { 'x-forwarded-for': '203.0.113.7' } });
    expect((await get('/keyed/mcp')).statusCode).toBe(405);
    expect((await get('/open/mcp')).body).toContain('https://mcp.example/open/mcp');
  });

  test('what public address there may be, its own machine shows its own', async () => {
    const get = await browse({ yaml: `host: { publicUrl: "https://mcp.example" }${YAML}` });
    const { body } = await get('/open/mcp');
    expect(body).toContain('http://127.0.0.1:3000/open/mcp');
    expect(body).not.toContain('mcp.example');
  });

  test('under func start everything is shown, at the address of the Functions host', async () => {
    const environment = { behindFunctionsHost: true, underCoreTools: true };
    const get = await browse({ environment, headers: FORWARDED });
    expect((await get('/keyed/mcp')).body).toContain('http://localhost:7071/keyed/mcp');
  });
});

describe('in Azure', () => {
  const secret = /Serving|Unavailable|Idle|echo|Keyed text|People text|Issued text/;

  test('an anonymous server is shown in full, at its public address', async () => {
    const { body } = await (await browse(azure))('/open/mcp');
    expect(body).toContain('https://func-x.azurewebsites.net/open/mcp');
    expect(body).toContain('Open text');
    expect(body).toContain('Serving');
    expect(body).toContain('<bdi>echo</bdi>');
    expect(body).toContain('<a href="/">← All servers</a>');
  });

  test.each([
    ['people', 'Microsoft Entra: your client opens a browser'],
    ['issued', 'https://issuer.example'],
  ])('%s is shown by its title and how to sign in', async (name, signIn) => {
    const { statusCode, body } = await (await browse(azure))(`/${name}/mcp`);
    expect(statusCode).toBe(200);
    expect(body).toMatch(/ title<\/bdi><\/h1>/);
    expect(body).toContain(signIn);
    expect(body).not.toMatch(secret);
    expect(body).not.toContain('>Tools');
  });

  test('a server with a key is not shown, nor named', async () => {
    const get = await browse(azure);
    const one = await get('/keyed/mcp');
    expect(one.statusCode).toBe(405);
    expect(one.headers.allow).toBe('POST');
    const { body } = await get('/');
    expect(titles(body)).toEqual(['Open', 'People', 'Issued', 'All']);
    expect(body).not.toContain('keyed');
    expect(body).not.toMatch(/People text|Issued text/);
  });

  test('registry: false keeps a server from /, but not its page from who knows the address', async () => {
    const quiet = 'quiet: { module: ./kernel-v1.mjs, auth: anonymous, registry: false }';
    const yaml = `${YAML}  ${quiet}\n`;
    const get = await browse({ ...azure, yaml });
    expect((await get('/')).body).not.toContain('quiet');
    const { statusCode, body } = await get('/quiet/mcp');
    expect(statusCode).toBe(200);
    expect(body).not.toContain('All servers');
    const alone = await browse({ ...azure, yaml: `servers: { ${quiet} }` });
    expect((await alone('/')).body).toBe('MCP host\n');
    const near = await browse({ yaml });
    expect((await near('/')).body).toContain('/quiet/mcp');
    expect((await near('/quiet/mcp')).body).toContain('All servers');
  });

  test('with nothing to show, / answers as to a probe', async () => {
    const yaml = 'servers: { keyed: { module: ./kernel-v1.mjs } }';
    expect((await (await browse({ ...azure, yaml }))('/')).body).toBe('MCP host\n');
  });

  test('where nothing tells the public address, there is no page', async () => {
    const environment = { behindFunctionsHost: true };
    const get = await browse({ environment, headers: FORWARDED });
    expect((await get('/open/mcp')).statusCode).toBe(405);
    expect((await get('/')).body).toBe('MCP host\n');
  });

  test('why a server is unavailable is for who runs the host', async () => {
    const yaml = 'servers: { gone: { module: ./not-there.mjs, auth: anonymous } }';
    const near = await (await browse({ yaml }))('/gone/mcp');
    expect(near.body).toMatch(/Unavailable: [a-z-]+</);
    const far = await (await browse({ ...azure, yaml }))('/gone/mcp');
    expect(far.body).toContain('>Unavailable<');
  });
});

test('with host.pages: false there is none', async () => {
  const get = await browse({ yaml: `host: { pages: false }${YAML}` });
  expect((await get('/')).body).toBe('MCP host\n');
  const one = await get('/open/mcp');
  expect(one.statusCode).toBe(405);
  expect(one.headers.allow).toBe('POST');
});

test('a page starts no server: one that rests says so', async () => {
  const yaml = `
servers:
  resting: { command: node, args: [./not-there.mjs], title: Resting title }`;
  const host = await startHost({ yaml });
  const headers = { host: 'localhost', accept: HTML };
  const { body } = await host.app.inject({ url: '/resting/mcp', headers });
  expect(body).toContain('Idle: its first call starts it');
  expect(body).toContain('Not known here.');
  expect(host.servers[0]?.state.is).toBe('idle');
});

test('a page of a few tools is small, and everything it needs is in it', async () => {
  const get = await browse();
  const [one, list] = [await get('/open/mcp'), await get('/')];
  expect(Buffer.byteLength(one.body)).toBeLessThan(64 * 1024);
  expect(Buffer.byteLength(list.body)).toBeLessThan(16 * 1024);
  expect(one.body + list.body).not.toMatch(/ src=|<link|url\(|@import/);
});
