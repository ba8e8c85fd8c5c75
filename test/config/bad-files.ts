// Turns a table of faulty servers.yaml texts into tests of the exact lines that a person sees.

import { expect, test } from 'vitest';
import { ConfigError, renderDiagnostic } from '../../config/diagnostics.ts';
import { parseConfig } from '../../config/load.ts';

export interface BadFile {
  readonly name: string;
  readonly text: string;
  /** All lines, in order: a line too many fails the test as well. */
  readonly errors: readonly string[];
}

/** The lines shown for a text, as if it stood in the current directory. */
export function linesShown(text: string): string[] {
  try {
    parseConfig(text, '/app/servers.yaml');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, '/app'));
  }
  return [];
}

export function describeBadFiles(files: readonly BadFile[]): void {
  test.each(files)('tells $name', ({ text, errors }) => {
    expect(linesShown(text)).toEqual(errors);
  });
}
