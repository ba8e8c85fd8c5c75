// Starts one real host with a server for each case of a table: if one server harmed another, the
// table would tell.

import {
  type HostProcess,
  type LogLine,
  type SpawnOptions,
  startHostProcess,
} from '../../../e2e/spawn-host.ts';
import type { ModuleCase } from './unavailable.ts';

export interface CasesHost extends HostProcess {
  readonly base: string;
  /** The entries of /readyz by server. */
  readonly states: ReadonlyMap<string, ServerState>;
  /** The host's log lines about one server. */
  linesOf(server: string): LogLine[];
}

export interface ServerState {
  readonly name: string;
  readonly status: 'serving' | 'unavailable' | 'starting';
  readonly reason?: string;
}

/** Name of the server of a case. */
export const nameOf = (cases: readonly ModuleCase[], each: ModuleCase): string =>
  `case-${cases.indexOf(each)}`;

export async function startCases(
  cases: readonly ModuleCase[],
  options: Partial<SpawnOptions> = {},
): Promise<CasesHost> {
  const files: Record<string, string> = { ...options.files };
  const entries = cases.map((each) => {
    const name = nameOf(cases, each);
    const own = (text: string): string => text.replaceAll('ID', name);
    if (each.module !== undefined) files[`${name}.mjs`] = own(each.module);
    for (const [path, text] of Object.entries(each.files ?? {})) files[own(path)] = own(text);
    return `  ${name}: { ${own(each.entry ?? 'module: ./ID.mjs')} }`;
  });
  const yaml = `defaults: { auth: anonymous }\nservers:\n${entries.join('\n')}\n`;
  const host = await startHostProcess({ ...options, yaml, files });
  const base = await host.url();
  const readiness = await fetch(`${base}/readyz`);
  const { servers } = (await readiness.json()) as { servers: ServerState[] };
  return {
    ...host,
    base,
    states: new Map(servers.map((state) => [state.name, state])),
    linesOf: (server) => host.logs.filter((line) => line.server === server),
  };
}
