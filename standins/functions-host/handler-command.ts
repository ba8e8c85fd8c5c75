// From `customHandler.description` to the command, arguments, folder and environment of a handler
// process.

import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { HandlerDescription } from './host-configuration.ts';

type Environment = Readonly<Record<string, string>>;

/** What is spawned. */
export interface HandlerCommand {
  readonly executable: string;
  readonly arguments: readonly string[];
  readonly workingDirectory: string;
  readonly environment: Environment;
}

// Unlike the real host, which passes on its whole environment: the variables of the developer who
// runs the tests must not change them. NODE_V8_COVERAGE lets coverage reach the handler.
const inherited = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'NODE_V8_COVERAGE'];

/** The inherited variables under the app settings. */
export function baseEnvironment(appSettings: Environment): Environment {
  const own = inherited.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(own), ...appSettings };
}

/**
 * The command of one new process; each has a worker id of its own.
 *
 * A relative executable that exists below the app root becomes a full path, anything else is
 * looked up on PATH (host: WebJobs.Script/Workers/Http/HttpWorkerDescription.cs). Arguments are
 * joined with one space and not quoted, then `%NAME%` is expanded and split again, so that
 * `["run start"]` equals `["run", "start"]`.
 */
export function handlerCommand(
  description: HandlerDescription,
  appRoot: string,
  port: number,
  base: Environment,
): HandlerCommand {
  const workerId = randomUUID();
  const environment = {
    ...base,
    FUNCTIONS_CUSTOMHANDLER_PORT: String(port),
    FUNCTIONS_CUSTOMHANDLER_WORKER_ID: workerId,
    FUNCTIONS_HTTPWORKER_PORT: String(port),
    FUNCTIONS_HTTPWORKER_ID: workerId,
    FUNCTIONS_APP_ROOT_PATH: appRoot,
  };
  const { defaultExecutablePath, defaultWorkerPath, workingDirectory } = description;
  const local = join(appRoot, defaultExecutablePath);
  const isLocal = !isAbsolute(defaultExecutablePath) && existsSync(local);
  const worker = defaultWorkerPath === undefined ? [] : [`"${defaultWorkerPath}"`];
  const line = [...description.arguments, ...worker, ...description.workerArguments].join(' ');
  return {
    executable: isLocal ? local : defaultExecutablePath,
    arguments: splitArguments(expandVariables(line, environment)),
    workingDirectory: isAbsolute(workingDirectory ?? '')
      ? (workingDirectory ?? '')
      : join(appRoot, workingDirectory ?? ''),
    environment,
  };
}

function expandVariables(line: string, environment: Environment): string {
  return line.replace(/%([^%\s]+)%/g, (_, name: string) => environment[name] ?? '');
}

// As .NET splits ProcessStartInfo.Arguments: blanks separate, double quotes group, \" is a quote.
function splitArguments(line: string): string[] {
  const pattern = /(?:\\"|"(?:\\"|[^"])*"?|[^\s"])+/g;
  return (line.match(pattern) ?? []).map((word) =>
    word.replace(/\\"|"/g, (quote) => (quote === '"' ? '' : '"')),
  );
}
