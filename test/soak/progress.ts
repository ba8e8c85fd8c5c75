// Progress on standard error: one line that is rewritten on a terminal; elsewhere a line now and
// then, so that a log shows that the run lives.

const ERASE_LINE = '\r\u001b[2K';
const PLAIN_INTERVAL_MS = 10_000;

export interface Progress {
  update(name: string, state: string): void;
  /** Leaves a line behind. */
  finish(name: string, result: string): void;
}

export function createProgress(stream = process.stderr): Progress {
  let writtenAt = Number.NEGATIVE_INFINITY;
  return {
    update(name, state) {
      const line = `${name}: ${state}`;
      if (stream.isTTY) {
        stream.write(`${ERASE_LINE}${line.slice(0, (stream.columns || 80) - 1)}`);
        return;
      }
      if (performance.now() - writtenAt < PLAIN_INTERVAL_MS) return;
      writtenAt = performance.now();
      stream.write(`${line}\n`);
    },
    finish(name, result) {
      stream.write(`${stream.isTTY ? ERASE_LINE : ''}${name}: ${result}\n`);
      writtenAt = Number.NEGATIVE_INFINITY;
    },
  };
}
