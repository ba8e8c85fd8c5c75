// The texts of an entry in which the host has filled in its variables.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

import { givenTo, requiredVariables, textsOf } from './entry-texts.ts';
import { referencedHeaders, replaceReferences } from './references.ts';
import type { CommandConfig, ServerConfig } from './schema.ts';

/** The texts of an entry with the variables of the host filled in. */
export interface ResolvedTexts {
  /** `${header:…}` stays as it is: each caller has a value of its own. */
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** Beside `command` it keeps `${PORT}`, and so do `env` and `args`. */
  readonly url: string | undefined;
  /**
   * For each `${header:x-name}` of `env` that the host has a value of its own for: the variable
   * X_NAME. With it the server can be started before a caller has come.
   */
  readonly headerValues: Readonly<Record<string, string>>;
  /** The variables of `inheritEnv` that are set. */
  readonly inherited: Readonly<Record<string, string>>;
}

/**
 * Fills in the variables that an entry names. As in a shell, `:-` also replaces a variable that is
 * set but empty; without it an empty variable counts as missing, because an empty secret is never
 * meant.
 * @returns the texts, or the sorted names of all variables that are missing
 */
export function resolveTexts(
  server: ServerConfig,
  source: Readonly<Record<string, string | undefined>>,
): ResolvedTexts | { readonly missing: readonly string[] } {
  const missing = textsOf(server).flatMap((text) => requiredVariables(server, text));
  const absent = new Set(missing.filter((name) => !source[name]));
  if (absent.size > 0) return { missing: [...absent].sort() };
  const given = givenTo(server);
  const fill = (text: string): string =>
    replaceReferences(text, (name, fallback) =>
      given.has(name) ? `\${${name}}` : source[name] || (fallback ?? ''),
    );
  const fillAll = (texts: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, fill(text)]));
  const { args = [], headers = {}, url, inheritEnv = [] } = server as Partial<CommandConfig>;
  const inherited = inheritEnv.flatMap((name) => {
    const value = source[name];
    return value === undefined ? [] : [[name, value]];
  });
  const headerValues = Object.values(server.env)
    .flatMap(referencedHeaders)
    .flatMap((header) => {
      const value = source[header.toUpperCase().replaceAll('-', '_')];
      return value ? [[header, value]] : [];
    });
  return {
    env: fillAll(server.env),
    headerValues: Object.fromEntries(headerValues),
    args: args.map(fill),
    headers: fillAll(headers),
    url: url === undefined ? undefined : fill(url),
    inherited: Object.fromEntries(inherited),
  };
}
