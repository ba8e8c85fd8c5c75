// mcp-host connect: prints how to register a Microsoft connector, or writes a page that shows how
// to connect to each server.

import { readEnvironment } from '../../config/env.ts';
import { loadConfig } from '../../config/load.ts';
import type { ServerConfig } from '../../config/schema.ts';
import { hasPath } from '../../config/server-path.ts';
import { readAzdValues } from '../azd-environment.ts';
import { type Connector, connectors, findRedirectProblem } from '../connect/connectors.ts';
import { redirectCommands, registrationCommands } from '../connect/registration.ts';
import { SHELLS, type Shell } from '../connect/shell.ts';
import { bold, type Terminal } from '../terminal.ts';
import { readArgument, readOptions, UsageError } from '../usage.ts';

const names = Object.keys(connectors).join('|');

/** Shown by `--help`. */
export const help = `mcp-host connect ${names} [--redirect URI] [--server NAME]
                 [--shell ${SHELLS.join('|')}]
mcp-host connect --html FILE --url URL|--azd

Prints, for a server with "auth: entra" in the current azd environment, the az commands that
register a confidential client in your directory, and the values for the form of the connector.
It runs nothing, changes nothing, and prints no secret. The last az command prints the client secret
when you run it.

  --redirect  the redirect URI that the connector shows. Copilot Studio makes it when the form is
              saved: first run this command without it, then again with it
  --server    which server; needed if several have "auth: entra"
  --shell     the shell for which to write the commands (default: pwsh on Windows, else sh)
  --html      write one page of all servers to FILE instead, for an intranet: how to connect, and
              the tools in servers.lock.json. An earlier page of this command is replaced
  --url       the address of the app or the gateway, for --html: scheme and host
  --azd       the address, the client id and the scopes of the current azd environment, for --html`;

/** Returns the exit code. */
export function run(args: readonly string[], terminal: Terminal): number | Promise<number> {
  if (args.some((word) => /^--html(=|$)/.test(word))) return runHtml(args, terminal);
  const { argument, options } = readArgument(
    args,
    { redirect: { type: 'string' }, server: { type: 'string' }, shell: { type: 'string' } },
    `the name of a connector (${names})`,
  );
  const connector = readConnector(argument);
  const redirectUri = options.redirect ?? connector.fixedRedirectUri;
  if (redirectUri !== undefined) refuseRedirect(redirectUri);
  const shell = readShell(options.shell);
  const server = chooseServer(options.server);
  const deployment = readDeployment(server);
  const displayName = `MCP ${connector.title} (${deployment.environment} ${server.name})`;
  const { resourceAppId } = deployment;
  const registration = { displayName, resourceAppId, scopes: server.scopes };
  const redirectLines =
    redirectUri === undefined ? [] : redirectCommands(displayName, redirectUri, shell);
  const steps: readonly (readonly [title: string, lines: readonly string[]])[] = [
    [
      'Register a confidential client (once; the last command prints its secret)',
      indented(registrationCommands(registration, shell)),
    ],
    ['Register the redirect URI; it replaces earlier ones', indented(redirectLines)],
    [`Fill in the form: ${connector.where}`, toLines(connector.fields({ ...deployment, server }))],
    ['After it is saved', connector.afterwards(redirectUri, commandLine(argument, options))],
  ];
  for (const [index, [title, lines]] of steps.filter(([, { length }]) => length > 0).entries()) {
    terminal.print(bold(`${index + 1}. ${title}`));
    for (const line of lines) terminal.print(line);
  }
  if (redirectUri !== undefined && !redirectUri.startsWith(connector.redirectPrefix)) {
    terminal.remark(
      `The redirect URIs of ${connector.title} begin with ${connector.redirectPrefix}, but yours does not: ` +
        'copy it from the form exactly.',
    );
  }
  return 0;
}

/** What makes the page is loaded when one is asked for. */
async function runHtml(args: readonly string[], terminal: Terminal): Promise<number> {
  const { html = '', ...address } = readOptions(args, {
    html: { type: 'string' },
    url: { type: 'string' },
    azd: { type: 'boolean' },
  });
  const { writeHtml } = await import('../connect/html-file.ts');
  return writeHtml({ html, ...address }, terminal);
}

function commandLine(name: string, { server, shell }: { server?: string; shell?: string }): string {
  const options = Object.entries({ server, shell }).flatMap(([option, value]) =>
    value === undefined ? [] : [`--${option} ${value}`],
  );
  return ['npx --no mcp-host connect', name, ...options].join(' ');
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function toLines(fields: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `  ${name.padEnd(width)}  ${value.replaceAll(/\s+/g, ' ')}`);
}

function readConnector(name: string): Connector {
  const connector = Object.entries(connectors).find(([known]) => known === name)?.[1];
  if (connector !== undefined) return connector;
  throw new UsageError(`unknown connector ${JSON.stringify(name)}: expected ${names}`);
}

function refuseRedirect(uri: string): void {
  const problem = findRedirectProblem(uri);
  if (problem !== undefined) throw new UsageError(`--redirect: expected ${problem}`);
}

function readShell(name: string = process.platform === 'win32' ? 'pwsh' : 'sh'): Shell {
  const shell = SHELLS.find((known) => known === name);
  if (shell !== undefined) return shell;
  throw new UsageError(`--shell: expected ${SHELLS.join(' or ')}, got ${JSON.stringify(name)}`);
}

/** @throws UsageError when it is not clear which server is meant */
function chooseServer(wanted: string | undefined): ServerConfig {
  const servers = loadConfig(readEnvironment().serversFile).servers.filter(
    (server) => server.enabled && server.auth === 'entra' && hasPath(server),
  );
  const known = servers.map(({ name }) => name).join(', ');
  if (known === '')
    throw new Error(
      'no server has "auth: entra". Fix: add "auth: entra" to a server in servers.yaml',
    );
  const [only, second] = servers.filter(({ name }) => wanted === undefined || name === wanted);
  if (only === undefined) {
    throw new UsageError(`--server: expected one of ${known}, got ${JSON.stringify(wanted)}`);
  }
  if (second !== undefined) throw new UsageError(`--server is needed: one of ${known}`);
  return only;
}

/** What the commands and the form are made of. */
function readDeployment({ path, name }: ServerConfig) {
  const values = readAzdValues([
    'AZURE_ENV_NAME',
    'SERVICE_MCP_URI',
    'APIM_GATEWAY_URL',
    'AZURE_TENANT_ID',
    'ENTRA_CLIENT_ID',
    'ENTRA_SERVER_URIS',
  ]);
  const {
    AZURE_ENV_NAME: environment = '',
    SERVICE_MCP_URI: appUrl,
    APIM_GATEWAY_URL: gatewayUrl,
    AZURE_TENANT_ID: tenantId,
    ENTRA_CLIENT_ID: resourceAppId,
  } = values;
  const baseUrl = gatewayUrl ?? appUrl;
  if (baseUrl === undefined || tenantId === undefined || resourceAppId === undefined) {
    throw new Error(
      `the azd environment ${environment} does not have an Entra app for ${name} yet. Fix: azd up`,
    );
  }
  // They become parts of commands.
  if (!/^[\da-f-]{36}$/i.test(resourceAppId) || !/^[\w().-]*$/.test(environment)) {
    throw new Error(
      'the name or the Entra app of the azd environment is not valid. Fix: azd env refresh',
    );
  }
  const address = baseUrl + path;
  const scopePrefix = values.ENTRA_SERVER_URIS === 'none' ? resourceAppId : address;
  return {
    environment,
    address,
    scopePrefix,
    resourceAppId,
    tenantId,
    authorityHost: readEnvironment().authorityHost,
  };
}
