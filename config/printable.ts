// Text of somebody else, made fit for a terminal.

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
