// The command line of the official MCP Inspector, which needs Node 22 and brings it along on Linux.

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';
import { bundledNode } from '../../../cli/conformance/installation.ts';
import { root } from './host.ts';

/** The Inspector takes seconds to start, on a loaded machine many. */
export const INSPECTOR_TIMEOUT_MS = 180_000;

const modules = join(root, 'test/official-tools/node_modules');
const script = join(modules, '@modelcontextprotocol/inspector/clients/launcher/build/index.js');

/** Skips a test where the Inspector is not installed; in CI the test goes on, and fails. */
export function needsInspector({ skip }: TestContext): void {
  const isMissing = !existsSync(script) && !process.env.CI;
  skip(isMissing, 'The Inspector is not installed. Fix: npm ci --prefix test/official-tools');
}

/**
 * Runs one method; the Inspector gets a home of its own, which it fills with files.
 * @returns the result as the Inspector printed it.
 * @throws with its standard error when it ended with another code than 0.
 */
export async function inspect(args: readonly string[]): Promise<Record<string, unknown>> {
  const home = mkdtempSync(join(tmpdir(), 'mcp-inspector-'));
  try {
    const { stdout } = await promisify(execFile)(
      existsSync(bundledNode()) ? bundledNode() : process.execPath,
      [script, '--cli', ...args, '--format', 'json', '--quiet'],
      { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: home } },
    );
    return JSON.parse(stdout).result;
  } finally {
    rmSync(home, { recursive: true });
  }
}
