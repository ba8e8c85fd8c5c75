// What a terminal shows of what was written to it: an emulator, so that tests read screens.

import xterm from '@xterm/headless';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface ShownLine {
  readonly text: string;
  /** It is the rest of the line above, which did not fit. */
  readonly isWrapped: boolean;
}

export class TerminalScreen {
  readonly #terminal: InstanceType<typeof xterm.Terminal>;

  constructor({ columns, rows }: Size) {
    this.#terminal = new xterm.Terminal({
      cols: columns,
      rows,
      scrollback: 10_000,
      allowProposedApi: true,
    });
  }

  write(text: string): Promise<void> {
    return new Promise((done) => this.#terminal.write(text, done));
  }

  resize({ columns, rows }: Size): void {
    this.#terminal.resize(columns, rows);
  }

  /** All lines down to the cursor, those that were scrolled out of sight included. */
  get lines(): ShownLine[] {
    const { active } = this.#terminal.buffer;
    return Array.from({ length: active.baseY + active.cursorY + 1 }, (_, index) => {
      const line = active.getLine(index);
      return { text: line?.translateToString(true) ?? '', isWrapped: line?.isWrapped === true };
    });
  }

  get text(): string {
    return this.lines.map(({ text }) => text).join('\n');
  }

  /** Column of the cursor, from 0. */
  get cursorColumn(): number {
    return this.#terminal.buffer.active.cursorX;
  }
}
