// The folder of a host's servers.yaml, with a module for each server that runs inside it.

import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export type Sdk = 'v1' | 'v2';

export interface HostFiles {
  /** Text of servers.yaml. */
  readonly yaml: string;
  /** Names of the modules `./<name>.mjs`, and the SDK that each is written with. */
  readonly modules?: Readonly<Record<string, Sdk>>;
  /** Names of modules of the tests' fixtures that stand beside it. */
  readonly fixtures?: readonly string[];
}

const SERVERS = resolve('test/soak/servers');
const SERVER_URL = pathToFileURL(join(SERVERS, 'soak-server.mjs')).href;
const FIXTURES = resolve('test/fixtures/servers');
const PROGRAMS = resolve('test/fixtures/programs');

export function createFolder({ yaml, modules = {}, fixtures = [] }: HostFiles): {
  path: string;
  remove: () => void;
} {
  const path = mkdtempSync(join(tmpdir(), 'soak-'));
  symlinkSync(resolve('node_modules'), join(path, 'node_modules'));
  writeFileSync(join(path, 'servers.yaml'), yaml);
  for (const [name, sdk] of Object.entries(modules)) {
    const text = `import { ${sdk} } from '${SERVER_URL}';\nexport const createServer = () => ${sdk}('${name}');\n`;
    writeFileSync(join(path, `${name}.mjs`), text);
  }
  for (const file of fixtures) {
    const { href } = pathToFileURL(join(FIXTURES, file));
    writeFileSync(join(path, file), `export * from '${href}';\n`);
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** An entry of servers.yaml with a program over stdio. @param settings further keys */
export function programEntry(name: string, sdk: Sdk, settings: string): string {
  const args = [join(PROGRAMS, 'sdk.mjs'), ...moduleArguments(sdk)];
  return `{ command: node, args: ${JSON.stringify(args)}, env: { SOAK_NAME: ${name} }, ${settings} }`;
}

/** The same with a program that has its own listener. */
export function listenerEntry(name: string, sdk: Sdk, settings: string): string {
  const args = [join(PROGRAMS, 'http.mjs'), ...moduleArguments(sdk)];
  // biome-ignore lint/suspicious/noTemplateCurlyInString: servers.yaml has it so.
  const url = 'http://127.0.0.1:${PORT}/mcp';
  return `{ command: node, args: ${JSON.stringify(args)}, url: "${url}", env: { SOAK_NAME: ${name} }, ${settings} }`;
}

/** The same with a program that starts in no time. */
export function shellEntry(name: string, settings: string): string {
  const args = [join(SERVERS, 'echo-program.sh')];
  return `{ command: sh, args: ${JSON.stringify(args)}, era: legacy, env: { SOAK_NAME: ${name} }, ${settings} }`;
}

/** What `upstream.ts` starts. */
export function upstreamArguments(sdk: Sdk): string[] {
  return [join(PROGRAMS, 'http.mjs'), ...moduleArguments(sdk)];
}

/** As the programs of the fixtures want it. */
function moduleArguments(sdk: Sdk): string[] {
  return [sdk, `../../soak/servers/program-${sdk}.mjs`];
}
