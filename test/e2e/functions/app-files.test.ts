// The three root files that Azure Functions reads: host.json, local.settings.json, .funcignore.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { loadFunctions } from '../../../standins/functions-host/functions.ts';
import { handlerCommand } from '../../../standins/functions-host/handler-command.ts';
import { readHostConfiguration } from '../../../standins/functions-host/host-configuration.ts';
import { coreToolsEnvironment } from '../../../standins/functions-host/local-settings.ts';

const appRoot = fileURLToPath(new URL('../../..', import.meta.url));
const read = (name: string) => readFileSync(join(appRoot, name), 'utf8');

// Keys in use only, after https://json.schemastore.org/host.json; `customHandler` and
// `configurationProfile` as host: WebJobs.Script/Workers/Http/Configuration/HttpWorkerOptions.cs
// and WebJobs.Script/Configuration/HostConfigurationProfile.cs bind them.
const hostJsonSchema = z.strictObject({
  version: z.literal('2.0'),
  configurationProfile: z.literal('mcp-custom-handler'),
  telemetryMode: z.enum(['OpenTelemetry', 'ApplicationInsights']),
  functionTimeout: z.string().regex(/^\d\d:\d\d:\d\d$/),
  watchFiles: z.array(z.string()),
  extensions: z.strictObject({ http: z.strictObject({ routePrefix: z.string() }) }),
  customHandler: z.strictObject({
    description: z.strictObject({
      defaultExecutablePath: z.string(),
      arguments: z.array(z.string()),
      useStdErrorStreamForErrorsOnly: z.boolean(),
    }),
    enableProxyingHttpRequest: z.literal(true),
    http: z.strictObject({ defaultAuthorizationLevel: z.enum(['anonymous', 'function', 'admin']) }),
  }),
});

// After https://json.schemastore.org/local.settings.json. Strict, so that nobody commits a secret:
// a new value has to be named here first.
const localSettingsSchema = z.strictObject({
  IsEncrypted: z.literal(false),
  Values: z.strictObject({
    FUNCTIONS_WORKER_RUNTIME: z.enum(['node', 'custom']),
    AzureWebJobsFeatureFlags: z.literal('EnableMcpCustomHandlerPreview'),
  }),
});

describe('host.json', () => {
  test('has the keys in use and no others', () => {
    expect(hostJsonSchema.safeParse(JSON.parse(read('host.json'))).error).toBeUndefined();
  });

  test('starts the compiled host with node, in the app root, on a free port', () => {
    const configuration = readHostConfiguration(appRoot, {});
    const command = handlerCommand(configuration.description, appRoot, 4000, {});
    expect(command).toMatchObject({
      executable: 'node',
      arguments: ['dist/main.js'],
      workingDirectory: appRoot,
    });
    expect(configuration.port).toBeUndefined();
  });

  test('sends every path to the handler, with a key unless the app settings say otherwise', () => {
    const configuration = readHostConfiguration(appRoot, {});
    expect(configuration).toMatchObject({
      routePrefix: '',
      routes: [{ route: '{*route}', authorizationLevel: 'function' }],
    });
  });

  // A request beyond it costs the whole handler. Calls end at 210 s, listen streams at 10 min.
  test('has a functionTimeout above the life of every call and stream', () => {
    const { functionTimeoutMs } = readHostConfiguration(appRoot, {});
    expect(functionTimeoutMs).toBeGreaterThan(2 * 10 * 60_000);
  });
});

describe('local.settings.json', () => {
  test('holds the runtime and the feature flag, and no secret', () => {
    const parsed = localSettingsSchema.safeParse(JSON.parse(read('local.settings.json')));
    expect(parsed.error).toBeUndefined();
  });

  test('makes `func start` run the routes of host.json, also where the profile does not set the runtime', () => {
    const { configurationProfile: _, ...hostJson } = JSON.parse(read('host.json'));
    hostJson.customHandler.http.routes = [{ route: '{*route}' }];
    const folder = mkdtempSync(join(tmpdir(), 'functions-host-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'host.json'), JSON.stringify(hostJson));
    const configuration = readHostConfiguration(folder, coreToolsEnvironment(appRoot));
    expect(loadFunctions(configuration, folder, () => {})).toHaveLength(1);
  });
});

describe('.funcignore', () => {
  const deployed = [
    'host.json',
    'servers.yaml',
    'package.json',
    'package-lock.json',
    '.npmrc',
    'tsconfig.json',
    'tsconfig.build.json',
    'config/schema.ts',
    'config/servers.schema.json',
    'runtime/main.ts',
    'cli/main.ts',
    'servers/weather/index.ts',
    'servers/notes/package.json',
    'servers/notes/README.md',
    'servers/notes/test/data.json',
    'bundle.mjs',
    'dist/main.js',
    'dist/runtime/main.js',
  ];
  const left = [
    'node_modules/fastify/package.json',
    'servers/notes/node_modules/zod/index.js',
    'local.settings.json',
    '.env',
    '.env.local',
    '.azure/dev/.env',
    '.git/config',
    '.cache/bicep/bicep',
    '.github/workflows/ci.yaml',
    '.vscode/mcp.json',
    'standins/functions-host/stand-in.ts',
    'test/e2e/start.test.ts',
    'bench/call.ts',
    'coverage/index.html',
    'docs/architecture.md',
    'infra/main.bicep',
    'README.md',
    'azure.yaml',
    'biome.json',
    'vitest.config.ts',
  ];

  test('leaves the same files behind for azd, which reads gitignore syntax', () => {
    expect(ignoredByGit([...deployed, ...left])).toEqual(left);
  });

  test('leaves the same files behind for Core Tools, which read something else', () => {
    expect([...deployed, ...left].filter(ignoredByCoreTools)).toEqual(left);
  });
});

function ignoredByGit(paths: readonly string[]): string[] {
  const repository = mkdtempSync(join(tmpdir(), 'funcignore-'));
  onTestFinished(() => rmSync(repository, { recursive: true }));
  writeFileSync(join(repository, '.gitignore'), read('.funcignore'));
  const git = (args: string[], input = '') =>
    spawnSync('git', ['-c', 'core.excludesFile=', ...args], {
      cwd: repository,
      input,
      encoding: 'utf8',
    });
  git(['init', '--quiet']);
  return git(['check-ignore', '--no-index', '--stdin'], paths.join('\n')).stdout.trim().split('\n');
}

// Every line is anchored at the root and must end at a word boundary, so `test` also means
// `test-data`, and `*.md` means the root only (ct: src/Cli/func/Common/GitIgnoreParser.cs).
function ignoredByCoreTools(path: string): boolean {
  const lines = read('.funcignore')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  return lines.some((line) => {
    const escaped = line
      .replace(/^\//, '')
      .replace(/[-[\]/{}()+?.\\^$|]/g, '\\$&')
      .replace('**', '(.+)')
      .replaceAll(/(?<!\.)\*/g, '([^\\/]+)');
    return new RegExp(`^(${escaped})\\b`).test(path);
  });
}
