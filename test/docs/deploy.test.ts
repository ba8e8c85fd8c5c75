// docs/deploy.md and docs/clients.md say what the template and the command line do.

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text of a hook is looked at.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runCli } from '../cli/run-cli.ts';
import { fencedBlocks, tableRows } from './markdown.ts';

/** What azd and the hooks fill in by themselves. */
const filledIn = [
  'AZURE_ENV_NAME',
  'AZURE_LOCATION',
  'MCP_HOST_STATE_KEY',
  'MCP_SERVER_ENV',
  'ENTRA_SCOPES',
  'ENTRA_ROLES',
  'ENTRA_CODEX_REDIRECT_URIS',
  'RESOURCE_TOKEN',
  'MCP_GATEWAY_KEY',
];

test('every setting of main.parameters.json has a row with its default, and no row is left over', () => {
  const parameters: Record<string, { value: string }> = JSON.parse(
    readFileSync('infra/main.parameters.json', 'utf8'),
  ).parameters;
  const bicep = readFileSync('infra/main.bicep', 'utf8');
  const settings = Object.entries(parameters).map(([name, { value }]) => {
    const fallback = new RegExp(`^param ${name} \\w+ = (.*)$`, 'm').exec(bicep)?.[1] ?? '';
    return [value.slice(2, -1), fallback === "''" ? 'none' : fallback.replaceAll("'", '')];
  });
  const documented = tableRows('docs/deploy.md', 'variable').map(([name, value]) => [name, value]);
  expect(documented).toEqual([
    ...settings.filter(([name]) => !filledIn.includes(name ?? '')),
    ['MCP_JSON', 'none'],
  ]);
});

test('the hooks print the command for the key that the page shows', () => {
  const shown = fencedBlocks('docs/deploy.md', 'sh').find(({ text }) => text.includes('keys list'));
  const printed = /return `(az functionapp keys list .*)`/.exec(
    readFileSync('infra/hooks/postprovision.mjs', 'utf8'),
  )?.[1];
  expect(shown?.text.trim()).toBe(
    printed
      ?.replace('${group}', '"$(azd env get-value AZURE_RESOURCE_GROUP)"')
      .replace('${name}', '"$(azd env get-value AZURE_FUNCTION_NAME)"'),
  );
});

test('the entries for Claude Code are those that the command line prints', async () => {
  const url = 'https://func-abc123.azurewebsites.net';
  const { out } = await runCli([
    'mcp-json',
    '--target',
    'remote',
    '--url',
    url,
    '--client',
    'claude-code',
  ]);
  const [, claudeCode] = fencedBlocks('docs/clients.md', 'json');
  expect(claudeCode?.text.trim()).toBe(out.join('\n'));
});

test('the version of azd is the one that azure.yaml asks for', () => {
  const [, version] = /azd: ">= ([\d.]+)"/.exec(readFileSync('azure.yaml', 'utf8')) ?? [];
  for (const page of ['README.md', 'docs/deploy.md']) {
    expect(readFileSync(page, 'utf8')).toContain(` ${version} or later`);
  }
});
