// Prepares an entry for the operating system: the program, and its working folder.

import { resolve } from 'node:path';
import { findProgram, type Program, programPlace } from '../../../config/program.ts';
import type { CommandConfig } from '../../../config/schema.ts';
import { describeError } from '../../exchange/bounded-text.ts';
import { Unavailability } from '../../exchange/unavailability.ts';
import type { OpenOptions } from '../open-options.ts';
import { executable } from './executable-copy.ts';
import { PROCESS_FOLDER } from './temporary-folder.ts';

/**
 * To be called once for all children of a server: a file that has to be copied is read for it.
 * @throws Unavailability `program-not-found`, or `program-not-started` when it cannot be copied.
 */
export function prepareProgram(
  { name, command, cwd }: Pick<CommandConfig, 'name' | 'command' | 'cwd'>,
  { directory, environment, texts }: Pick<OpenOptions, 'directory' | 'environment' | 'texts'>,
): { readonly program: Program; readonly cwd: string } {
  const entry = { command, args: texts.args, cwd };
  const found = findProgram(entry, programPlace(directory, environment));
  if ('problem' in found) {
    const { key, expected, got, fix } = found.problem;
    const text = `servers.${name}.${key}: expected ${expected}, got ${got}. Fix: ${fix}.`;
    throw new Unavailability('program-not-found', text);
  }
  return {
    program: copied(found.program),
    cwd: cwd === undefined ? directory : resolve(directory, cwd),
  };
}

function copied(program: Program): Program {
  try {
    return executable(program, PROCESS_FOLDER);
  } catch (cause) {
    throw new Unavailability(
      'program-not-started',
      `${program.file} is not executable, and the host cannot make an executable copy: ${describeError(cause)}. Fix: run chmod +x before you deploy, or free space in the temporary folder.`,
      { cause },
    );
  }
}
