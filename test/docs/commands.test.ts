// Every command that the documents show is run here, in a copy of the project, or says why not.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { atAnyTime } from './any-time.ts';
import { commandsIn, documents, fencedBlocks, tenantCommands } from './markdown.ts';
import { type FinishedCommand, ProjectCopy } from './project-copy.ts';

const cli = 'npx --no mcp-host';

const vscodeEntries = fencedBlocks('docs/clients.md', 'json')[0];
const clientEntries = fencedBlocks('docs/clients.md', 'json').findLast(({ text }) =>
  /mcpServers/.test(text),
);

const serverJson = fencedBlocks('docs/registry.md', 'json')[0];
const callShown = fencedBlocks('docs/tutorial.md', 'text').find(({ text }) =>
  /dayOfWeek/.test(text),
);
const CONVERT =
  '{"time":"2026-07-01T14:30","fromTimeZone":"Europe/Paris","toTimeZone":"Asia/Tokyo"}';

const overview = /^Many MCP servers in one Azure app\.\n\n(.*\n)* {2}uninstall {4}remove /;

/** Commands and what they print, in the order in which they are run. */
const run: Readonly<Record<string, string | RegExp>> = {
  [`${cli} help`]: overview,
  'npx --no -- mcp-host --help': overview,
  [`${cli} help check`]: /^mcp-host check \[--env\] /,
  [`${cli} check`]: /^servers\.yaml is fine: 2 servers \(weather, time\)\.\n$/,
  [`${cli} lock`]: /^No server has "command" or "url", so there is nothing to lock\.\n$/,
  [`${cli} lock --check`]: /^No server has "command" or "url", so there is nothing to lock\.\n$/,
  [`${cli} list`]: /^NAME +PATH .*\nweather +\/weather\/mcp .*\ntime +\/time\/mcp .*\n$/,
  [`${cli} tools`]: /^SERVER .*\nweather +get-alerts +state .*(\n.*){2}\ntime +convert-time .*\n$/,
  [`${cli} tools time convert-time`]: /^convert-time: .*\n(.*\n)*fromTimeZone +string +yes /,
  [`${cli} call time get-current-time timeZone=Asia/Tokyo`]: atAnyTime(callShown?.text ?? ''),
  [`${cli} call time convert-time --json '${CONVERT}'`]: /2026-07-01 21:30:00 in Asia\/Tokyo/,
  [`${cli} call time get-current-time --output json`]: /^\{\n {2}"content": (.*\n)*\}\n$/,
  [`${cli} mcp-json --target local --target func --target remote --write .vscode/mcp.json`]:
    /^\.vscode\/mcp\.json is up to date\.\n$/,
  [`${cli} mcp-json --client other --target local`]: clientEntries?.text as string,
  [`${cli} mcp-json --target remote --url https://func-abc123.azurewebsites.net`]:
    vscodeEntries?.text as string,
  [`${cli} install --client cursor --project`]:
    /^Wrote \.cursor\/mcp\.json: weather, time\.\nIf the host .*\nIf Cursor .*\n$/,
  [`${cli} uninstall --client cursor --project`]:
    /^Removed from \.cursor\/mcp\.json: weather, time\. Nothing else .* was deleted\.\n$/,
  [`${cli} disable time`]: /^servers\.yaml\n(.*\n)*\+ {5}enabled: false\n(.*\n)*Disabled time\.\n$/,
  [`${cli} enable time`]: /^servers\.yaml\n(.*\n)*\+ {5}enabled: true\n(.*\n)*Enabled time\.\n$/,
  [`${cli} connect --html servers.html --url https://func-abc123.azurewebsites.net`]:
    /^Wrote servers\.html: weather, time\.\n$/,
  [`${cli} server-json weather --url https://func-abc123.azurewebsites.net`]:
    serverJson?.text as string,
  [`${cli} schema --write`]: /^Wrote config\/servers\.schema\.json\.\n$/,
};

const notRun: Readonly<Record<string, string>> = {
  'npm ci': 'needs the network; .ci/run begins with it',
  'npm install --package-lock-only': 'needs the network',
  'npm test': 'runs these tests',
  'npm run check': '.ci/run runs it',
  'npm run --silent package -- --measure': 'needs the network; .ci/run runs it',
  'npm run soak -- --minutes 5': 'takes minutes; test/soak/soak.test.ts tests its parts',
  "npm run bench -- --against ../before --contender 'shared, SDK v1'":
    'measures for minutes, and needs another build; test/bench/against.test.ts tests its parts',
  [`${cli} resources`]: 'the samples have none; test/cli/calling/lists.test.ts runs it',
  [`${cli} prompts`]: 'the same',
  [`${cli} call time get-current-time --azd`]:
    'needs a deployment; test/cli/calling/deployed.test.ts runs it with stand-ins',
  [`${cli} call time get-current-time --url https://func-abc123.azurewebsites.net --key-env MCP_FUNCTION_KEY`]:
    'the same',
  [`${cli} call time get-current-time --url https://func-abc123.azurewebsites.net --token-env MCP_TOKEN`]:
    'the same',
  [`${cli} inspect`]: 'ends with Ctrl+C only; test/cli/calling/inspect.test.ts runs it',
  'npm run dev': 'ends with Ctrl+C only; test/cli/dev.test.ts runs it',
  'npm start -- --stats': 'ends with Ctrl+C only; test/runtime/stats/stats.test.ts runs it',
  'OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 npm start':
    'the same; test/e2e/telemetry/destinations.test.ts runs it with a receiver',
  'bash .ci/run': 'runs these tests; .github/workflows/ci.yml runs it',
  'npx vitest run test/docs/configuration.test.ts --update':
    'writes what configuration.test.ts compares',
  'npm run issuer': 'does not end by itself; authorization.test.ts runs it',
  'npm run picture': 'writes what picture.test.ts compares',
  'npx vitest run test/infra/snapshot.test.ts --update': 'writes what snapshot.test.ts compares',
  'npx vitest run test/infra/graph-types.test.ts --update':
    'writes what graph-types.test.ts compares',
  'func start': 'needs Core Tools; standins/functions-host/ stands in for them',
  'GATEWAY_URL=https://apim-abc.azure-api.net npx vitest run test/gateway/table.test.ts':
    'needs a deployment; the same file runs against the stand-in',
  [`${cli} install --azd --client codex`]:
    'needs azd and writes a file of the user; test/cli/install.test.ts runs it',
  [`${cli} add @modelcontextprotocol/server-everything`]:
    'needs the network; test/cli/add.test.ts runs it with a registry on this machine',
  [`${cli} add @modelcontextprotocol/server-filesystem --instance shared -- ./data`]: 'the same',
  [`${cli} remove everything --uninstall`]: 'the same',
  [`${cli} add ./servers/hello`]: 'needs the folder; test/cli/add.test.ts has one',
  [`${cli} add https://crm.example.com/mcp --header 'x-api-key=\${CRM_KEY}'`]:
    'needs the server; test/cli/add.test.ts has one',
  [`${cli} add --name notes -- python server.py`]:
    'needs Python; test/cli/add.test.ts adds a program of Node',
  [`${cli} remove hello`]: 'needs the entry; test/cli/add.test.ts has one',
  [`${cli} import ~/.cursor/mcp.json`]: 'reads a file of the user; test/cli/import.test.ts runs it',
  [`${cli} doctor`]: 'looks at this machine; test/cli/doctor runs it in folders of its own',
  [`${cli} doctor --deployed`]: 'needs a deployment; test/cli/doctor runs it with stand-ins',
  [`${cli} doctor --deployed --questions`]: 'the same',
  [`${cli} doctor --deployed --server weather --client claude-code`]: 'the same',
  [`${cli} connect copilot-studio`]: 'needs azd; test/cli/connect.test.ts runs it with a recorder',
  [`${cli} connect copilot-studio --redirect https://global.consent.azure-apim.net/redirect/example`]:
    'the same',
  [`${cli} connect m365`]: 'the same',
  [`${cli} server-json weather --azd --namespace io.github.your-name > server.json`]:
    'needs azd; test/cli/server-json.test.ts runs it with a recorder',
  [`${cli} connect --html servers.html --azd`]:
    'needs azd; test/cli/connect-html.test.ts runs it with a recorder',
  [`${cli} mcp-json --azd`]: 'needs azd; test/cli/mcp-json.test.ts runs it with a recorder',
  [`${cli} mcp-json --azd --write .vscode/mcp.json`]: 'the same',
  [`${cli} install --azd --client claude-code`]:
    'needs azd and writes a file of the user; test/cli/install.test.ts runs it',
};

/** These are run in first-run.test.ts and authorization.test.ts. */
const firstRun = [/^npm start$/, /^(TOKEN=\$\()?curl /];
/** Needs Node 22 and the network. */
const inspector = /^npx @modelcontextprotocol\/inspector@/;
/** Need a subscription, or a client. */
const azure = /^(azd|az|claude) |\| gh secret set |^curl .*azd env get-value/;
/** tutorial.test.ts runs them in their order. */
const tutorial = new Set(commandsIn('docs/tutorial.md'));
/** updating.test.ts runs those of Git in their order. */
const updating = new Set(commandsIn('docs/updating.md').filter((line) => line.startsWith('git ')));
/** What needs a tenant of Entra; authorization.test.ts runs it with the loopback issuer. */
const tenant = new Set(tenantCommands());

const project = new ProjectCopy();
const build = 'npm run build';
let built: FinishedCommand;
beforeAll(() => {
  built = project.run(build);
}, 120_000);
afterAll(() => project.remove());

test('every command of the documents is run or has a reason why not', () => {
  const shown = new Set(documents.flatMap(commandsIn));
  const listed = new Set([build, ...Object.keys(run), ...Object.keys(notRun)]);
  const unknown = [...shown].filter(
    (command) =>
      !listed.has(command) &&
      !tenant.has(command) &&
      !tutorial.has(command) &&
      !updating.has(command) &&
      ![...firstRun, inspector, azure].some((pattern) => pattern.test(command)),
  );
  expect(unknown).toEqual([]);
  expect([...listed].filter((command) => !shown.has(command))).toEqual([]);
});

test('npm run build compiles everything without a warning', () => {
  expect(built).toMatchObject({ status: 0, stderr: '' });
  expect(built.stdout).not.toMatch(/warn|error/i);
});

test.each(Object.entries(run))(
  '%s prints what it should',
  (command, output) => {
    const { status, stdout, stderr } = project.run(command);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    if (typeof output === 'string') expect(stdout).toBe(output);
    else expect(stdout).toMatch(output);
  },
  120_000,
);

test('the README names the version of the Inspector that the tests have', () => {
  const tools = JSON.parse(readFileSync('test/official-tools/package.json', 'utf8'));
  const version = tools.dependencies['@modelcontextprotocol/inspector'];
  const command = commandsIn('README.md').find((line) => inspector.test(line));
  expect(command).toContain(`inspector@${version} --cli http://127.0.0.1:3000/time/mcp `);
});

test.each(documents.flatMap((document) => fencedBlocks(document, 'json')))(
  '$place is JSON, or one JSON value per line',
  ({ text }) => {
    const isLines = text.split('\n').every((line) => line === '' || line.startsWith('{"'));
    for (const part of isLines ? text.trim().split('\n') : [text]) JSON.parse(part);
  },
);
