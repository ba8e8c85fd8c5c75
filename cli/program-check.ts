// Checks whether the program of an entry exists, and whether it can run in Azure. It reads only
// files and starts nothing.

import { existsSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Environment } from '../config/env.ts';
import type { Problem } from '../config/formats.ts';
import { type FoundProgram, findProgram, programPlace } from '../config/program.ts';
import type { CommandConfig } from '../config/schema.ts';
import type { ValuePath } from '../config/yaml.ts';

/** What is wrong with one key of an entry. */
export interface EntryProblem {
  readonly path: ValuePath;
  readonly problem: Problem;
}

export interface ProgramFindings {
  readonly problems: readonly EntryProblem[];
  readonly warnings: readonly EntryProblem[];
}

/**
 * @param directory folder of servers.yaml
 * @param forAzure whether to refuse what cannot run in the image of the app.
 */
export function findProgramProblems(
  server: CommandConfig,
  directory: string,
  environment: Environment,
  forAzure: boolean,
): ProgramFindings {
  const found = findProgram(server, programPlace(directory, environment));
  if ('problem' in found) {
    const { key, ...problem } = found.problem;
    const isWritten = key !== 'args' || server.args.length > 0;
    return { problems: [{ path: [isWritten ? key : 'command'], problem }], warnings: [] };
  }
  if (!forAzure) return { problems: [], warnings: [] };
  const problems = azureProblems(server, found, directory);
  const warnings = problems.length > 0 ? [] : azureWarnings(server, found, directory);
  return { problems, warnings };
}

/** The image of a Functions app for Node has Node, and what is deployed with the app. */
function azureProblems(
  { command }: CommandConfig,
  found: FoundProgram,
  directory: string,
): EntryProblem[] {
  const { from, program } = found;
  if (from === 'node' || from === 'package') return [];
  if (from === 'file' && isBelow(program.file, directory)) return [];
  const name = JSON.stringify(command);
  return [
    {
      path: ['command'],
      problem: {
        expected:
          'node, an installed package, or a file in this folder, because Azure has nothing else',
        got:
          from === 'path'
            ? `${name}, which is a program of this machine`
            : `${name}, which is outside this folder`,
        fix: 'put a self-contained program for linux-x64 into this folder, or run the server elsewhere and write its "url" (docs/kinds/csharp-and-python.md)',
      },
    },
  ];
}

function azureWarnings(
  server: CommandConfig,
  found: FoundProgram,
  directory: string,
): EntryProblem[] {
  const warnings: EntryProblem[] = [];
  if (server.url === undefined && server.instance === 'per-session') {
    warnings.push({
      path: ['command'],
      problem: {
        expected: 'a program that stores nothing between calls, or only one instance of the app',
        got: '"instance: per-session"; what a program stores stays on the instance of the app that started it',
        fix: 'write "instance: per-request" if the program stores nothing, or run azd env set MAX_INSTANCES 1',
      },
    });
  }
  const name = found.package?.name;
  if (name !== undefined && lacksScripts(name, directory)) {
    warnings.push({
      path: ['args'],
      problem: {
        expected: 'a package that needs no install script',
        got: `"${name}", which has one, while .npmrc has ignore-scripts=true`,
        fix: `if the program fails, delete that line of .npmrc and install again`,
      },
    });
  }
  return warnings;
}

function lacksScripts(name: string, directory: string): boolean {
  const text = textOf(join(directory, '.npmrc'));
  if (!/^\s*ignore-scripts\s*=\s*true\s*$/m.test(text)) return false;
  const lock = textOf(join(directory, 'package-lock.json'));
  if (lock === '') return false;
  const packages = (JSON.parse(lock) as { packages?: Record<string, Locked> }).packages ?? {};
  return packages[`node_modules/${name}`]?.hasInstallScript === true;
}

interface Locked {
  readonly hasInstallScript?: boolean;
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function isBelow(file: string, directory: string): boolean {
  const path = relative(directory, file);
  return !path.startsWith('..') && path !== file && !path.split(sep).includes('..');
}
