// Calls Azure Resource Manager with the token of azd. Secrets are sent in a body, never in an
// argument.

import { spawnSync } from 'node:child_process';

const timeoutMs = 30_000;

/** @typedef {{ status: number, body: any, problem: string }} Answer status 0: no one answered */

/**
 * One request. It never throws: `problem` says in a line what went wrong, or is empty.
 * @param {'GET' | 'PUT'} method
 * @param {string} path from `/subscriptions` on, with its api-version
 * @param {object} [body]
 * @returns {Promise<Answer>}
 */
export async function askResourceManager(method, path, body) {
  const token = readToken();
  if (token === undefined) return failed(0, 'azd auth token returned no token');
  const base = process.env.AZURE_RESOURCE_MANAGER_ENDPOINT || 'https://management.azure.com';
  try {
    const response = await fetch(new URL(path, base), {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = parse(text);
    if (response.ok) return { status: response.status, body: parsed, problem: '' };
    const { code, Code, message, Message } = parsed?.error ?? parsed ?? {};
    const said = [code ?? Code, message ?? Message].filter(Boolean).join(': ');
    return failed(response.status, `HTTP ${response.status} ${said}`.trim().slice(0, 300));
  } catch (error) {
    return failed(0, error instanceof Error ? error.message : String(error));
  }
}

/** @param {number} status @param {string} problem @returns {Answer} */
function failed(status, problem) {
  return { status, body: undefined, problem };
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readToken() {
  const { stdout } = spawnSync('azd', ['auth', 'token', '--output', 'json', '--no-prompt'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const token = parse(stdout ?? '')?.token;
  return typeof token === 'string' ? token : undefined;
}
