// Reads the current azd environment through the azd command line.

import { z } from 'zod';
import { runTool, type ToolOutcome } from './command-line-tool.ts';
import { ExplainedError } from './explained-error.ts';

/** How to do without azd, where the command has the option. */
export const OR_ADDRESS = 'install it, or give the address with --url';

/**
 * One value of the environment that azd has selected (or that AZURE_ENV_NAME names).
 * @throws ExplainedError that says what azd said, or that azd is not there
 */
export function readAzdValue(name: string): string {
  const { status, stdout, complaint } = askAzd(['get-value', name], OR_ADDRESS);
  if (status !== 0 || stdout.trim() === '') {
    const said = complaint || 'no value';
    throw new ExplainedError(`azd env get-value ${name}: ${said}`, 'run azd provision');
  }
  return stdout.trim();
}

/**
 * The same for a value that need not be there.
 * @throws ExplainedError when azd is not there, or does not come to its end
 */
export function findAzdValue(name: string): string | undefined {
  const { status, stdout } = askAzd(['get-value', name], OR_ADDRESS);
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}

/**
 * Several values at once; empty ones are left out. The rest of the environment, which holds secrets, is forgotten.
 * @param timeoutMs after which azd is ended
 * @throws ExplainedError that says what azd said, or that azd is not there
 */
export function readAzdValues<Name extends string>(
  names: readonly Name[],
  { fix = 'install it', timeoutMs }: { readonly fix?: string; readonly timeoutMs?: number } = {},
): Partial<Record<Name, string>> {
  const words = ['get-values', '--output', 'json'];
  const { status, stdout, complaint } = askAzd(words, fix, timeoutMs);
  if (status !== 0) {
    throw new ExplainedError(
      `azd env get-values: ${complaint || 'failed'}`,
      'azd env select, or azd up',
    );
  }
  const all = parseValues(stdout);
  const found = names.flatMap((name) => (all[name] ? [[name, all[name]]] : []));
  return Object.fromEntries(found);
}

/** What cannot be parsed is not quoted: it may hold secrets. */
function parseValues(text: string): Readonly<Record<string, string>> {
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(text));
  } catch {
    throw new ExplainedError('azd env get-values: expected JSON, got other text', 'update azd');
  }
}

function askAzd(args: readonly string[], fix: string, timeoutMs?: number): ToolOutcome {
  const words = ['env', ...args, '--no-prompt'];
  const outcome = runTool('azd', words, timeoutMs);
  if (outcome === undefined) throw new ExplainedError('azd cannot be started', fix);
  if (outcome.status === null) {
    throw new ExplainedError(outcome.complaint, `run it by hand: azd ${words.join(' ')}`);
  }
  return outcome;
}
