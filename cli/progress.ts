// Progress on standard error: one line that is rewritten on a terminal, one line per finished part
// elsewhere.

const ERASE_LINE = '\r\u001b[2K';

export class Progress {
  readonly #remark: (line: string) => void;
  readonly #current = new Map<string, string>();
  #isDrawn = false;

  /** @param remark writes a line to standard error */
  constructor(remark: (line: string) => void) {
    this.#remark = remark;
  }

  /**
   * @param name what is going on
   * @param state how far it is
   */
  update(name: string, state: string): void {
    this.#current.set(name, state);
    this.#draw();
  }

  /** Removes `name` from the rewritten line and leaves `result` behind. */
  finish(name: string, result: string): void {
    this.#current.delete(name);
    this.clear();
    this.#remark(`${name}: ${result}`);
    this.#draw();
  }

  /** Removes `name` from the rewritten line, and leaves nothing behind. */
  drop(name: string): void {
    if (!this.#current.delete(name)) return;
    this.clear();
    if (this.#current.size > 0) this.#draw();
  }

  /** Wipes the rewritten line, so that something else can be written. */
  clear(): void {
    if (this.#isDrawn) process.stderr.write(ERASE_LINE);
    this.#isDrawn = false;
  }

  #draw(): void {
    if (!process.stderr.isTTY) return;
    this.#isDrawn = true;
    const width = (process.stderr.columns || 80) - 1;
    const full = [...this.#current].map(([name, state]) => `${name} ${state}`).join(' | ');
    // On a narrow terminal, what happens matters more than to what.
    const shown = full.length <= width ? full : [...this.#current.values()].join(' | ');
    process.stderr.write(`${ERASE_LINE}${shown.slice(0, width)}`);
  }
}
