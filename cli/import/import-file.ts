// A whole client's file: each server converted, and checked as servers.yaml is checked.

import { ConfigError } from '../../config/diagnostics.ts';
import { parseConfig } from '../../config/load.ts';
import { toYaml } from '../servers-file.ts';
import { readClientFile } from './client-file.ts';
import { convertEntry } from './convert-entry.ts';
import { giveName } from './names.ts';
import type { ImportedServer, Note } from './report.ts';
import { Variables, type WantedVariable } from './variables.ts';

export interface Import {
  readonly servers: readonly ImportedServer[];
  /** What must be set where the host runs. */
  readonly variables: readonly WantedVariable[];
  readonly remarks: readonly string[];
}

/**
 * @param file name of the client's file; it also tells TOML
 * @param serversFile the servers.yaml that the entries are for: paths in its folder are written from there
 * @throws Error that says what is wrong with the text
 */
export function importFile(
  file: string,
  text: string,
  serversFile: string,
  folder: string,
): Import {
  const { servers, remarks, ...traits } = readClientFile(file, text);
  const variables = new Variables();
  const taken = new Set<string>();
  const imported = [...servers].map(([from, value]): ImportedServer => {
    const name = giveName(from, taken);
    const notes: Note[] = [];
    if (name !== from) {
      const what = `${JSON.stringify(from)} was renamed to ${name}, because the name becomes part of the address`;
      notes.push({ what, fix: 'if you want another name, change it in servers.yaml' });
    }
    const note = (one: Note): void => void notes.push(one);
    const entry = convertEntry(value, { ...traits, server: name, variables, folder, note });
    const problems = entry === undefined ? [] : problemsOf(name, entry, serversFile);
    notes.push(...problems);
    return { from, name, notes, ...(entry !== undefined && problems.length === 0 && { entry }) };
  });
  return { servers: imported, variables: variables.wanted(), remarks };
}

/** What servers.yaml would say of the entry alone. */
function problemsOf(
  name: string,
  entry: NonNullable<ImportedServer['entry']>,
  file: string,
): Note[] {
  try {
    parseConfig(toYaml({ [name]: entry }), file);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.diagnostics.map(({ path, message, fix }) => ({
      what: `${path.replace(`servers.${name}`, '').replace(/^\./, '')}: ${message}`,
      fix,
    }));
  }
}
