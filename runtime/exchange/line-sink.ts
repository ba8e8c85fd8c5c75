// Where finished lines go on their way out of the process.

export interface LineSink {
  /** @param line ends with the only line end in it. */
  write(line: string): void;
  /** Calls back when all lines so far are written or lost. */
  flush(done: () => void): void;
  /** For the exit of the process, when nothing can be awaited any longer. Never throws. */
  writeNow(): void;
  /** Lines that were never written, since the start. */
  readonly lostLines: number;
  /** @param tell called with the number of lost lines when writing works again. */
  onRecovered(tell: (lines: number) => void): void;
}
