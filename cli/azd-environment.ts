// The current azd environment, as the azd command line tells it.

import { spawnSync } from 'node:child_process';

/**
 * One value of the environment that azd has selected (or that AZURE_ENV_NAME names).
 * @throws Error that says what azd said, or that azd is not there
 */
export function readAzdValue(name: string): string {
  const { status, stdout, stderr } = getValue(name);
  if (status !== 0 || stdout.trim() === '') {
    const said = stderr.trim().split('\n')[0] || 'no value';
    throw new Error(`azd env get-value ${name}: ${said}. Fix: run azd provision first`);
  }
  return stdout.trim();
}

/**
 * The same for a value that need not be there.
 * @throws Error when azd is not there
 */
export function findAzdValue(name: string): string | undefined {
  const { status, stdout } = getValue(name);
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}

function getValue(name: string) {
  const { error, ...outcome } = spawnSync('azd', ['env', 'get-value', name, '--no-prompt'], {
    encoding: 'utf8',
  });
  if (error !== undefined) {
    throw new Error('azd cannot be started. Fix: install it, or use --target remote --url');
  }
  return outcome;
}
