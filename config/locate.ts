// Diagnostics for problems of servers.yaml that are found after it was loaded: a module that is not
// there, an unset variable.

import type { Diagnostic } from './diagnostics.ts';
import { diagnose } from './explain.ts';
import type { Problem } from './formats.ts';
import { readText } from './read-text.ts';
import { readYaml, type ValuePath } from './yaml.ts';

/** Places a problem at a value of the file. */
export type ProblemPlacer = (path: ValuePath, problem: Problem) => Diagnostic;

/**
 * @param file absolute path of the servers.yaml, as in `ServersConfig.file`
 * @throws ConfigError when the file cannot be read any longer
 */
export function placeProblemsIn(file: string): ProblemPlacer {
  const source = { file, yaml: readYaml(readText(file)) };
  return (path, problem) => diagnose(source, path, problem);
}
