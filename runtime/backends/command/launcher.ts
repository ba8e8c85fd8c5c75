// How the program of an entry is started: found once, then with its environment each time.

import type { CommandConfig } from '../../../config/schema.ts';
import type { OpenOptions } from '../open-options.ts';
import { startChild } from './child.ts';
import type { Launch } from './children.ts';
import { childEnvironment } from './environment.ts';
import { prepareProgram } from './prepare-program.ts';
import { PROCESS_FOLDER } from './temporary-folder.ts';

/** @throws Unavailability `program-not-found` or `program-not-started`. */
export function launcher(config: CommandConfig, options: OpenOptions): Launch {
  const { program, cwd } = prepareProgram(config, options);
  const { inherited } = options.environment;
  return ({ values: env, secrets }, events) =>
    startChild({
      program,
      cwd,
      env: childEnvironment({
        inherited,
        texts: { env, inherited: options.texts.inherited },
        folder: PROCESS_FOLDER,
      }),
      secrets,
      // A line holds an answer and what JSON-RPC puts around it.
      maxLineBytes: config.maxResultBytes + 1_024,
      log: options.fieldLog,
      ...events,
    });
}
