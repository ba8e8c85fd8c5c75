// What is wrong with a configuration, as data, and how it is shown to people.

import { relative } from 'node:path';

/** One problem: where, what was expected, what came, how to fix it. */
export interface Diagnostic {
  /** Absolute path; absent for an environment variable. */
  readonly file?: string;
  /** Counted from 1. */
  readonly line?: number;
  /** Counted from 1. */
  readonly column?: number;
  /** Dotted path inside the file, or the name of the variable; empty for the file as a whole. */
  readonly path: string;
  /** "expected …, got …". */
  readonly message: string;
  /** What to do; completes "Fix: …". */
  readonly fix: string;
}

/** More are counted: who repairs the first ones runs the command again. */
export const MAX_SHOWN = 100;

/**
 * A configuration that cannot be used. Carries every problem found, so that one run shows them all.
 */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(renderDiagnostics(diagnostics).join('\n'));
    this.name = 'ConfigError';
    this.diagnostics = diagnostics;
  }
}

/**
 * One line per problem: `servers.yaml:7:5 servers.notes.path: expected …, got …. Fix: …`.
 * @param directory the file is shown relative to it; default: the current directory
 */
export function renderDiagnostic(diagnostic: Diagnostic, directory = process.cwd()): string {
  return `${describeDiagnostic(diagnostic, directory)}. Fix: ${diagnostic.fix}`;
}

/** The first of them as lines, and how many there are besides. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[]): string[] {
  const lines = diagnostics.slice(0, MAX_SHOWN).map((diagnostic) => renderDiagnostic(diagnostic));
  const more = diagnostics.length - lines.length;
  return more === 0 ? lines : [...lines, `… and ${more} more.`];
}

/** A line as {@link renderDiagnostic} writes it, without the fix. */
export function describeDiagnostic(diagnostic: Diagnostic, directory = process.cwd()): string {
  const { file, line, column, path, message } = diagnostic;
  const shown = file === undefined ? '' : shortPath(file, directory);
  const place = [shown, line, column].filter((part) => part !== undefined && part !== '').join(':');
  return `${[place, path].filter((part) => part !== '').join(' ')}: ${message}`;
}

/** Diagnostics in the order in which a reader meets them in the file. */
export function inFileOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.toSorted(
    (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
}

function shortPath(file: string, directory: string): string {
  const fromHere = relative(directory, file);
  return fromHere === '' || fromHere.startsWith('..') ? file : fromHere;
}
