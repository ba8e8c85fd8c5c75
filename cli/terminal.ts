// Where commands write, so that tests can read it; colours only where a person looks (a terminal
// without NO_COLOR).

import { styleText } from 'node:util';

/** Results go to `print`, which a program may read; remarks and problems go to `remark`. */
export interface Terminal {
  /** One line on stdout. */
  readonly print: (line: string) => void;
  /** One line on stderr. */
  readonly remark: (line: string) => void;
}

/** The process's own stdout and stderr. */
export const processTerminal: Terminal = {
  print: (line) => process.stdout.write(`${line}\n`),
  remark: (line) => process.stderr.write(`${line}\n`),
};

/**
 * A text of somebody else in one line, without what a terminal obeys: it could hide what is to be
 * reviewed, or look like a line of this host.
 */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The same for a text of several lines, which stay lines. */
export function printableLines(text: string): string {
  return text.replaceAll('\r\n', '\n').split('\n').map(printableTabs).join('\n');
}

function printableTabs(line: string): string {
  return line.split('\t').map(printable).join('\t');
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
