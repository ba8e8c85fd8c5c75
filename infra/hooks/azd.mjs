// Changes the azd environment. Values are passed in a file, because they may be secrets and every
// user can see the arguments of a process.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Writes values to the azd environment of this hook (azd passes its name as AZURE_ENV_NAME).
 * @param {Readonly<Record<string, string>>} values text on one line without '
 */
export function setValues(values) {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-azd-'));
  try {
    const file = join(folder, 'values.env');
    const lines = Object.entries(values).map(([name, value]) => `${name}='${value}'\n`);
    writeFileSync(file, lines.join(''), { mode: 0o600 });
    const { status, error } = spawnSync('azd', ['env', 'set', '--file', file], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (status !== 0) fail(`azd env set failed${error ? ` (${error.message})` : ''}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * JSON of a map of texts in which letters, digits and blanks alone stand as they are, so that no
 * file format on its way to Azure finds a quote, a $ or a backslash of its own.
 * @param {Readonly<Record<string, string>>} texts names of variables, and their values
 */
export function plainJson(texts) {
  const escaped = (/** @type {string} */ text) =>
    text.replaceAll(
      /[^A-Za-z0-9 ]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  const members = Object.entries(texts).map(([name, text]) => `"${name}":"${escaped(text)}"`);
  return `{${members.join(',')}}`;
}

/**
 * Ends the hook, and with it the azd command.
 * @param {string} text
 * @returns {never}
 */
export function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
