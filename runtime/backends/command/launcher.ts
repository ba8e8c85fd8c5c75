// How the program of an entry is started: found once, then with its environment each time.

import type { CommandConfig } from '../../../config/schema.ts';
import type { OpenOptions } from '../open-options.ts';
import { type Child, type ChildOptions, startChild } from './child.ts';
import type { Launch } from './children.ts';
import { childEnvironment } from './environment.ts';
import { prepareProgram } from './prepare-program.ts';
import { PROCESS_FOLDER } from './temporary-folder.ts';

/** Starts a program that listens on this port. */
export type LaunchListener = (port: number, events: Pick<ChildOptions, 'onEnd'>) => Promise<Child>;

/** @throws Unavailability `program-not-found` or `program-not-started`. */
export function launcher(config: CommandConfig, options: OpenOptions): Launch {
  const { program, ...shared } = prepare(config, options);
  return ({ values, secrets }, events) =>
    startChild({ ...shared, program, env: environmentOf(values, options), secrets, ...events });
}

/**
 * Such a program gets the port as the variable PORT, and in its arguments and environment.
 * @throws Unavailability `program-not-found` or `program-not-started`.
 */
export function listenerLauncher(config: CommandConfig, options: OpenOptions): LaunchListener {
  const { program, ...shared } = prepare(config, options);
  return (port, events) => {
    const values = Object.entries(options.texts.env).map(([name, text]) => [
      name,
      withPort(text, port),
    ]);
    const env = { ...Object.fromEntries(values), PORT: String(port) };
    return startChild({
      ...shared,
      program: { ...program, args: program.args.map((text) => withPort(text, port)) },
      env: environmentOf(env, options),
      ...events,
    });
  };
}

/** Nothing else is replaced: the text may have the value of a variable in it. */
export function withPort(text: string, port: number): string {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what people write in servers.yaml.
  return text.replaceAll('${PORT}', String(port));
}

function prepare(config: CommandConfig, options: OpenOptions) {
  const { program, cwd } = prepareProgram(config, options);
  return {
    program,
    cwd,
    // A line holds an answer and what JSON-RPC puts around it.
    maxLineBytes: config.maxResultBytes + 1_024,
    log: options.fieldLog,
  };
}

function environmentOf(
  env: Readonly<Record<string, string>>,
  { environment, texts }: OpenOptions,
): Readonly<Record<string, string>> {
  return childEnvironment({
    inherited: environment.inherited,
    texts: { env, inherited: texts.inherited },
    folder: PROCESS_FOLDER,
  });
}
