// servers.yaml as the build has read and checked it, in dist/servers.json: a start that finds the
// file unchanged need not load a YAML parser and the rules, which would be a tenth of its CPU.

import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { freeze } from './freeze.ts';
import { readText } from './read-text.ts';
import type { ServersConfig } from './schema.ts';

interface Compiled extends Pick<ServersConfig, 'host' | 'servers' | 'checkedLock'> {
  /** The whole text of servers.yaml. */
  readonly text: string;
}

/** What the build writes for a configuration that {@link loadConfig} returned. */
export function compile(
  { file, host, servers }: ServersConfig,
  checkedLock?: ServersConfig['checkedLock'],
): string {
  const text = readText(file);
  return JSON.stringify({
    ...{ text, host, servers },
    ...(checkedLock && { checkedLock }),
  } satisfies Compiled);
}

/**
 * @param file path of servers.yaml, absolute or from the current directory
 * @param builtFolder where the build has left it: beside the bundle of this host, so that both are
 * of one version
 * @returns undefined when the build has not read exactly this text
 * @throws ConfigError when servers.yaml cannot be read
 */
export function readCompiled(
  file: string,
  builtFolder: string = import.meta.dirname,
): ServersConfig | undefined {
  const absolute = resolve(file);
  const directory = dirname(absolute);
  const compiled = parse(join(builtFolder, 'servers.json'));
  if (!compiled || compiled.text !== readText(absolute)) return undefined;
  const { text: _, ...checked } = compiled;
  return freeze({ file: absolute, directory, ...checked });
}

/** A file that is not there, or not whole, says nothing. */
function parse(file: string): Compiled | undefined {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as Compiled | null) ?? undefined;
  } catch {
    return undefined;
  }
}
