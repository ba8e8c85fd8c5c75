// One line on standard error that tells how far the benchmark is.

export type Progress = (text: string) => void;

/** @returns a function that replaces the line on a terminal, and writes a new one elsewhere. */
export function createProgress(): Progress {
  const { isTTY } = process.stderr;
  return (text) => void process.stderr.write(isTTY ? `\r\u001B[K${text}` : `${text}\n`);
}
