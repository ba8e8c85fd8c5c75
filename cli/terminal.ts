// Where commands write, so that tests can read it; colors only where a person looks (a terminal
// without NO_COLOR).

import { Writable } from 'node:stream';
import { styleText } from 'node:util';

export { printable, printableLines } from '../config/printable.ts';

/** Results go to `print`, which a program may read; remarks and problems go to `remark`. */
export interface Terminal {
  /** One line on stdout. */
  readonly print: (line: string) => void;
  /** One line on stderr. */
  readonly remark: (line: string) => void;
  /** Absent where no one can answer. */
  readonly ask?: Ask;
}

/** Asks a person. @returns the answer without blanks around it; empty for Enter alone. */
export type Ask = (question: string, options?: AskOptions) => Promise<string>;

export interface AskOptions {
  /** What is typed is not shown. */
  readonly isSecret?: boolean;
  readonly signal?: AbortSignal;
}

/** The process's own stdout and stderr. */
export const processTerminal: Terminal = {
  print: (line) => process.stdout.write(`${line}\n`),
  remark: (line) => process.stderr.write(`${line}\n`),
  ...(process.stdin.isTTY && process.stderr.isTTY && { ask: askHere }),
};

/** Ctrl-C interrupts the process, as it does while nothing is asked. */
async function askHere(question: string, { isSecret = false, signal }: AskOptions = {}) {
  const { createInterface } = await import('node:readline/promises');
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  if (isSecret) process.stderr.write(question);
  const lines = createInterface({
    input: process.stdin,
    output: isSecret ? silent : process.stderr,
    terminal: true,
  });
  lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    return (await lines.question(isSecret ? '' : question, signal ? { signal } : {})).trim();
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error('no answer was given: the input has ended', { cause: error });
  } finally {
    lines.close();
    if (isSecret) process.stderr.write('\n');
  }
}

/** For headings on stdout. */
export function bold(text: string): string {
  return styleText('bold', text, { stream: process.stdout });
}

/** For success on stdout. */
export function green(text: string): string {
  return styleText('green', text, { stream: process.stdout });
}

/** For problems on stderr. */
export function red(text: string): string {
  return styleText('red', text, { stream: process.stderr });
}
