// Every text of an entry in which ${NAME} is filled in, with its place: one list for the host,
// `check`, `list` and the deployment.

import { referencedNames, requiredNames } from './references.ts';
import type { ServerConfig } from './schema.ts';
import type { ValuePath } from './yaml.ts';

/** A text with references. */
export interface EntryText {
  /** Below the entry, such as `env`, `NAME`. */
  readonly path: ValuePath;
  readonly text: string;
}

/** The port that this host gives to a program with its own listener, which no one sets. */
const GIVEN = 'PORT';

/** Texts of the entry in the order of `env`, `args`, `headers`, `url`, `upstreamAuth`. */
export function textsOf(server: ServerConfig): EntryText[] {
  const env = texts('env', server.env);
  if (server.kind === 'command') {
    return [
      ...env,
      ...server.args.map((text, index) => ({ path: ['args', index], text })),
      ...texts('headers', server.headers),
      ...(server.url === undefined ? [] : [{ path: ['url'], text: server.url }]),
    ];
  }
  if (server.kind === 'url') {
    return [...env, ...texts('headers', server.headers), { path: ['url'], text: server.url }];
  }
  return env;
}

/** Names of the variables of the host that the entry may use, sorted. */
export function variablesOf(server: ServerConfig): string[] {
  const given = givenTo(server);
  const names = textsOf(server).flatMap(({ text }) => referencedNames(text));
  return [...new Set([...names, ...inheritedBy(server)])].filter((name) => !given.has(name)).sort();
}

/** Names of the variables without which one text of the entry cannot be filled in. */
export function requiredVariables(server: ServerConfig, { text }: EntryText): string[] {
  const given = givenTo(server);
  return requiredNames(text).filter((name) => !given.has(name));
}

/** Names that the host gives a value itself, whatever its environment says. */
export function givenTo(server: ServerConfig): ReadonlySet<string> {
  return new Set(server.kind === 'command' && server.url !== undefined ? [GIVEN] : []);
}

function inheritedBy(server: ServerConfig): readonly string[] {
  return server.kind === 'command' ? server.inheritEnv : [];
}

function texts(key: string, values: Readonly<Record<string, string>>): EntryText[] {
  return Object.entries(values).map(([name, text]) => ({ path: [key, name], text }));
}
