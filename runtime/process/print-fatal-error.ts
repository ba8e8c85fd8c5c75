// Prints to standard error why the process ends. The host writes nothing else there.

import type { Environment } from '../../config/env.ts';

/**
 * Behind the Functions host every line says that it is an error: only such a line is repeated
 * beside the exit code (Azure/azure-functions-host, WorkerProcess.cs), and without it that log
 * tells an end without a cause.
 * @param environment undefined when it could not be read, and so it is not known who listens.
 */
export function printFatalError(text: string, environment: Environment | undefined): void {
  const isMarked = environment?.behindFunctionsHost !== false;
  // The process ends even if no one reads it.
  process.stderr.once('error', () => {});
  process.stderr.write(`${isMarked ? text.replace(/^(?=\S)/gm, 'error: ') : text}\n`);
}
