// The entries of servers.yaml that are commented out: their text without the marks.

import { readFileSync } from 'node:fs';

/** An empty comment line stands before each, and an empty line, or the end, after it. */
export const sampleEntries: readonly string[] = [
  ...readFileSync('servers.yaml', 'utf8')
    .replaceAll('\r\n', '\n')
    .matchAll(/^ {2}#\n((?: {2}# .*\n)+)/gm),
].map(([, marked = '']) => marked.replaceAll(/^ {2}# /gm, '  '));
