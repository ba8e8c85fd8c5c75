// Reads servers.yaml as text, and reports each way in which that can fail in one line.

import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { ConfigError } from './diagnostics.ts';

/**
 * @param file absolute path
 * @throws ConfigError if there is no text: no file, a folder, not UTF-8
 */
export function readText(file: string): string {
  const refuse = (expected: string, got: string, fix: string): never => {
    throw new ConfigError([
      { file, line: 1, column: 1, path: '', message: `expected ${expected}, got ${got}`, fix },
    ]);
  };
  try {
    if (!statSync(file).isFile()) {
      return refuse('a file', 'a folder or device', 'name the file, for example servers.yaml');
    }
    const bytes = readFileSync(file);
    if (!isUtf8(bytes))
      return refuse('UTF-8 text', 'bytes that are not UTF-8', 'save the file as UTF-8');
    return bytes.toString('utf8').replace(/^\ufeff/, '');
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      return refuse('a file', 'none', 'create it, or set MCP_SERVERS_FILE to its path');
    }
    return refuse('a readable file', code ?? 'an error while reading', 'check its permissions');
  }
}
