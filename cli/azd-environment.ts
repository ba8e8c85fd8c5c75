// The current azd environment, as the azd command line tells it.

import { z } from 'zod';
import { runTool } from './command-line-tool.ts';

/**
 * One value of the environment that azd has selected (or that AZURE_ENV_NAME names).
 * @throws Error that says what azd said, or that azd is not there
 */
export function readAzdValue(name: string): string {
  const { status, stdout, complaint } = askAzd(
    ['get-value', name],
    'install it, or name the address with --url',
  );
  if (status !== 0 || stdout.trim() === '') {
    const said = complaint || 'no value';
    throw new Error(`azd env get-value ${name}: ${said}. Fix: run azd provision first`);
  }
  return stdout.trim();
}

/**
 * The same for a value that need not be there.
 * @throws Error when azd is not there
 */
export function findAzdValue(name: string): string | undefined {
  const { status, stdout } = askAzd(
    ['get-value', name],
    'install it, or name the address with --url',
  );
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}

/**
 * Several values at once; empty ones are left out. The rest of the environment, which holds secrets, is forgotten.
 * @throws Error that says what azd said, or that azd is not there
 */
export function readAzdValues<Name extends string>(
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const { status, stdout, complaint } = askAzd(['get-values', '--output', 'json'], 'install it');
  if (status !== 0) {
    throw new Error(`azd env get-values: ${complaint || 'failed'}. Fix: azd env select, or azd up`);
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
    throw new Error('azd env get-values: expected JSON, got something else. Fix: update azd');
  }
}

function askAzd(args: readonly string[], fix: string) {
  const outcome = runTool('azd', ['env', ...args, '--no-prompt']);
  if (outcome === undefined) {
    throw new Error(`azd cannot be started. Fix: ${fix}`);
  }
  return outcome;
}
