// servers.yaml in; a checked, merged and frozen configuration out, or every problem at once.

import { dirname, resolve } from 'node:path';
import { ConfigError, type Diagnostic, inFileOrder } from './diagnostics.ts';
import { diagnose, explainIssues, type Source } from './explain.ts';
import { serverName } from './formats.ts';
import { freeze } from './freeze.ts';
import { complete } from './kinds.ts';
import { ONCE } from './once.ts';
import { readText } from './read-text.ts';
import type { Checked } from './rule.ts';
import { pathRules, rules } from './rules.ts';
import { parts, type ServerConfig, type ServersConfig, type WrittenServer } from './schema.ts';
import { readYaml } from './yaml.ts';

/**
 * Reads and checks a servers.yaml.
 * @param file path of the file, absolute or from the current directory
 * @throws ConfigError with all problems of the file
 */
export function loadConfig(file: string): ServersConfig {
  const absolute = resolve(file);
  return parseConfig(readText(absolute), absolute);
}

/**
 * Checks the text of a servers.yaml.
 * @param file where the text is from: for messages, and because `module` paths are relative to it
 * @throws ConfigError with all problems of the text
 */
export function parseConfig(text: string, file: string): ServersConfig {
  const source: Source = { file: resolve(file), yaml: readYaml(text) };
  const diagnostics = [...explainFaults(source)];
  const told = new Set(diagnostics.map(({ path }) => path));
  if (source.yaml.value !== undefined) {
    diagnostics.push(...explainIssues(source).filter(({ path }) => !told.has(path)));
  }
  const { defaults, servers, entries } = readServers(source.yaml.value);
  const checked: Checked = {
    servers,
    names: new Set(Object.keys(sectionOf(source.yaml.value, 'servers') ?? {})),
    isWritten: (server, key) => Object.hasOwn(entries.get(server.name) ?? {}, key),
    defaultScopes: defaults?.scopes ?? [],
    typeOf: (server) => entries.get(server.name)?.type,
    lineOf: ({ path, target }) => source.yaml.place(path, target ?? 'value').line,
  };
  // Without usable defaults the other rules would complain about what only the faulty default makes
  // true.
  const usable = defaults === undefined ? pathRules : rules;
  for (const violation of usable.flatMap((rule) => rule(checked))) {
    diagnostics.push(diagnose(source, violation.path, violation, violation.target));
  }
  if (diagnostics.length > 0) throw new ConfigError(inFileOrder(diagnostics));
  const host = parts.host.parse(sectionOf(source.yaml.value, 'host') ?? {}, ONCE);
  return freeze({ file: source.file, directory: dirname(source.file), host, servers });
}

function explainFaults(source: Source): Diagnostic[] {
  return source.yaml.faults.map((fault) => ({
    ...diagnose(source, fault.path, fault),
    ...fault.place,
  }));
}

/**
 * What the rules can work with: the servers that are good by themselves, merged with the defaults
 * if those are good.
 */
function readServers(value: unknown) {
  const defaults = parts.defaults.safeParse(sectionOf(value, 'defaults') ?? {}, ONCE).data;
  const servers: ServerConfig[] = [];
  const entries = new Map<string, WrittenServer>();
  for (const [name, entry] of Object.entries(sectionOf(value, 'servers') ?? {})) {
    const written = parts.server.safeParse(entry, ONCE).data;
    if (written === undefined || serverName.explain(name) !== undefined) continue;
    const server = complete(name, written, defaults ?? parts.defaults.parse({}, ONCE));
    if (server === undefined) continue;
    entries.set(name, written);
    servers.push(server);
  }
  return { defaults, servers, entries };
}

function sectionOf(value: unknown, key: string): object | undefined {
  const section = (value as Record<string, unknown> | null | undefined)?.[key];
  return typeof section === 'object' && section !== null ? section : undefined;
}
