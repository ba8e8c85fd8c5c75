// Hosts whose server `mcp` is a program with its own listener.

import { inheritedVariables } from '../../../../config/inherited.ts';
import { csharp, type Program } from '../../../fixtures/csharp-program.ts';
import type { TestHost } from '../../start-host.ts';
import { type Caller, hostPrograms } from './hosted.ts';

/** As servers.yaml writes it. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is what people write in servers.yaml.
export const PORT = '${PORT}';

/** `dotnet` is found on PATH. */
const INHERITED = inheritedVariables(process.env, process.platform);

export const listenerOn = (sdk: 'v1' | 'v2', ...args: readonly string[]): Program => ({
  command: 'node',
  args: ['./listener.mjs', sdk, ...args],
});

/** Each kind of listener. */
export const LISTENERS = {
  'SDK v1': listenerOn('v1'),
  'SDK v2': listenerOn('v2'),
  'C#': csharp('http'),
  'C#, stateless': csharp('http', 'stateless'),
} as const;

/** @param keys further ones of the entry. @returns the host with the address of the server. */
export async function hostListener(
  program: Program,
  keys: object = {},
  options: NonNullable<Parameters<typeof hostPrograms>[1]> = {},
): Promise<TestHost & { readonly target: string }> {
  const entry = {
    command: program.command,
    args: program.args,
    url: `http://127.0.0.1:${PORT}/mcp`,
    ...keys,
  };
  const { environment, ...others } = options;
  const host = await hostPrograms(
    { mcp: JSON.stringify(entry) },
    { environment: { inherited: INHERITED, ...environment }, ...others },
  );
  return { ...host, target: `${host.url}/mcp/mcp` };
}

export async function pidOf(caller: Caller): Promise<number> {
  const { text, body } = await caller.call('whoami');
  const pid = Number(text);
  if (!(pid > 0)) throw new Error(`No process id: ${body}`);
  return pid;
}
