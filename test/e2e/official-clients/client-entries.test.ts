// The client entries that the command line prints reach the servers when a real client reads them:
// nothing but the printed URL and headers is used, and the key where the entry asks for it.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { FunctionsHost } from '../../../standins/functions-host/functions-host.ts';
import { startFunctionsHost } from '../../../standins/functions-host/stand-in.ts';
import { literalSettings, readSnapshot } from '../../infra/cases.ts';
import { clients, type Place } from './clients.ts';
import { root, type SampleHost, samples, startSampleHost } from './host.ts';
import { INSPECTOR_TIMEOUT_MS, inspect, needsInspector } from './inspector.ts';

const { time } = samples;

/** How the key stands in an entry of each form, for a client to fill in. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: as clients read it
const placeholders = { vscode: '${input:mcp-function-key}', other: '${MCP_FUNCTION_KEY}' };

type Form = keyof typeof placeholders;

const forms = [['vscode'], ['other']] as const;

/** Runs `mcp-host mcp-json` as a program would. */
function printEntries(args: readonly string[], environment: NodeJS.ProcessEnv): string {
  const command = [join(root, 'cli/mcp-host.js'), 'mcp-json', ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: root,
    env: { PATH: process.env.PATH, ...environment },
    encoding: 'utf8',
  });
  expect({ status, stderr }).toMatchObject({ status: 0 });
  return stdout;
}

function readEntries(text: string, form: Form): Readonly<Record<string, Place>> {
  return JSON.parse(text)[form === 'vscode' ? 'servers' : 'mcpServers'];
}

describe('for npm start', () => {
  let host: SampleHost;
  let environment: NodeJS.ProcessEnv;
  beforeAll(async () => {
    host = await startSampleHost();
    environment = { MCP_SERVERS_FILE: host.serversFile, PORT: new URL(host.url).port };
  });
  afterAll(() => host.stop());

  test.each(forms)('the entries for %s lead every client to the tools', async (form) => {
    const text = printEntries(['--target', 'local', '--client', form], environment);
    const entries = readEntries(text, form);
    for (const [name, { tools, call, answer }] of Object.entries(samples)) {
      for (const client of ['SDK v1', 'SDK v2, auto'] as const) {
        const connection = await clients[client]?.(entries[name] as Place);
        expect(await connection?.toolNames()).toEqual(tools);
        expect(await connection?.call(call.name, call.arguments)).toMatch(answer);
      }
    }
  });

  test(
    'the Inspector reads them as its own file',
    async (context) => {
      needsInspector(context);
      const folder = mkdtempSync(join(tmpdir(), 'mcp-entries-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const file = join(folder, 'mcp.json');
      const text = printEntries(['--target', 'local', '--client', 'other'], environment);
      writeFileSync(file, text);
      const server = ['--config', file, '--server', 'time'];
      const listed = await inspect([...server, '--method', 'tools/list']);
      expect((listed.tools as { name: string }[]).map(({ name }) => name)).toEqual(time.tools);
    },
    INSPECTOR_TIMEOUT_MS,
  );
});

describe('for the Functions app', () => {
  let host: FunctionsHost;
  beforeAll(async () => {
    // The routes are those of a deployment: its second function has the key.
    const enableAuth = { master: 'master', functions: { 'http-handler2': ['the-key'] } };
    const environment = literalSettings(readSnapshot('sample'));
    host = await startFunctionsHost({ appRoot: root, drainTimeoutMs: 0, enableAuth, environment });
  });
  afterAll(() => host.stop());

  test('/healthz needs no key', async () => {
    expect((await fetch(`${host.url}/healthz`)).status).toBe(200);
  });

  test.each(forms)('the entries for %s need a key, and lead to the tools with it', async (form) => {
    const text = printEntries(['--target', 'remote', '--url', host.url, '--client', form], {});
    const place = (key: string) =>
      readEntries(text.replaceAll(placeholders[form], key), form).time as Place;
    const connect = (key: string) => clients['SDK v2, auto']?.(place(key));
    await expect(connect('another key')).rejects.toThrow('401');
    const connection = await connect('the-key');
    expect(await connection?.toolNames()).toEqual(time.tools);
    expect(await connection?.call(time.call.name, time.call.arguments)).toMatch(time.answer);
  });
});
