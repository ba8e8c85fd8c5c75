// mcp-host import: secrets in the less usual places of an entry stay behind.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is what clients and servers.yaml fill in.

import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { makeFolder, runCli } from './run-cli.ts';

async function importServers(mcpServers: object) {
  const folder = makeFolder({ 'mcp.json': JSON.stringify({ mcpServers }) });
  const { out, err } = await runCli(['import', 'mcp.json'], { folder });
  const [text, told] = [out.join('\n'), err.join('\n')];
  return { servers: parse(text)?.servers, text, told };
}

const inEnv = (name: string, value: string) => ({ command: 'npx', env: { [name]: value } });
const inArgs = (...args: string[]) => ({ command: 'npx', args });
const at = (url: string) => ({ url });

test.each([
  ['a word of several at its end', inEnv('PGPASSWORD', 'hush')],
  ['the same in lower case', inEnv('clientsecret', 'hush')],
  ['a header as a whole', inEnv('AUTH_HEADER', 'Bearer hush')],
  ['headers as JSON', inEnv('OPENAPI_HEADERS', '{"Authorization": "Bearer hush", "v": "1"}')],
  ['settings as JSON', inArgs('--config', '{"store":{"apiKey":"hush"}}')],
  ['a parameter of an address', inEnv('ENDPOINT', 'https://x.example.com/v1?token=hush')],
  ['the same in an argument', inArgs('--url', 'https://x.example.com/v1?a=b&api_key=hush')],
  ['a key of Azure Functions', at('https://x.example.com/mcp?code=hush')],
  ['a signature', at('https://x.example.com/mcp?sv=2024&sig=hush')],
  ['a short option', inArgs('-k', 'hush')],
  ['a variable in an option', inArgs('run', '--env=API_TOKEN=hush', 'image')],
  ['a header in an option', inArgs('--header=Authorization: Bearer hush')],
  ['a default', inEnv('API_KEY', '${API_KEY:-hush}')],
  [
    'a default in a header',
    { url: 'https://x.example.com/mcp', headers: { 'x-api-key': '${K:-hush}' } },
  ],
])('%s', async (_, entry) => {
  const { servers, text, told } = await importServers({ one: entry });
  expect(servers.one).toBeDefined();
  expect(text + told).not.toContain('hush');
  expect(told).toMatch(/secret was not copied. Fix: set the variable [A-Z]/);
});

test('what only looks alike stays', async () => {
  const one = {
    command: 'npx',
    args: [
      '-y',
      'pkg',
      '--env=MODE=read',
      '--header=x-team: blue',
      '{"mode":"read"}',
      '-p',
      '8080',
    ],
    env: {
      LOGIN: '${LOGIN:-me}',
      ENDPOINT: 'https://x.example.com/v1?code=1&lang=en',
      NOTE: 'Basic use of it',
    },
  };
  expect((await importServers({ one })).servers).toEqual({ one });
});
