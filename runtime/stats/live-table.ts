// A table that stays at the bottom of a terminal while lines are written above it. Elsewhere one
// table follows another.

import { widthOf } from '../../config/text-width.ts';
import type { LineSink } from '../exchange/line-sink.ts';
import type { Screen } from '../exchange/screen.ts';

/** Shortest time between two pictures, milliseconds. */
const INTERVAL_MS = 250;
const ERASE_BELOW = '\u001b[J';

export interface LiveTableOptions {
  readonly sink: Pick<LineSink, 'write' | 'flush'>;
  readonly screen: Screen;
  /** @returns lines that fit the screen, without their ends. */
  readonly draw: () => readonly string[];
}

export class LiveTable {
  readonly #options: LiveTableOptions;
  /** Widths of the lines that stand at the bottom. */
  #drawn: number[] = [];
  /** Lines that are written with the next picture: the table would flicker with each of them. */
  #held: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** The last picture waits for the terminal. */
  #isWaiting = false;

  constructor(options: LiveTableOptions) {
    this.#options = options;
  }

  /** @param line ends with the only line end in it. */
  above(line: string): void {
    if (this.#drawn.length === 0) this.#options.sink.write(line);
    else {
      this.#held.push(line);
      this.drawSoon();
    }
  }

  drawSoon(): void {
    this.#timer ??= setTimeout(() => this.#draw(), INTERVAL_MS).unref();
  }

  /** Leaves the last table where it is. Nothing can be awaited any longer. */
  end(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#writePicture();
  }

  /** Takes the table away until it is drawn again. */
  writeHeld(): void {
    if (this.#held.length === 0) return;
    this.#writeAbove();
    this.drawSoon();
  }

  #draw(): void {
    this.#timer = undefined;
    // More pictures would only make a slow terminal slower.
    if (this.#isWaiting) {
      this.#writeAbove();
      this.drawSoon();
      return;
    }
    this.#writePicture();
    this.#isWaiting = true;
    this.#options.sink.flush(() => {
      this.#isWaiting = false;
    });
  }

  #writePicture(): void {
    const { screen, draw } = this.#options;
    const lines = draw();
    this.#write([...this.#held, ...lines.map((line) => `${line}\n`)]);
    this.#held = [];
    if (screen.canErase) this.#drawn = lines.map(widthOf);
  }

  #writeAbove(): void {
    if (this.#held.length === 0) return;
    this.#write(this.#held);
    this.#held = [];
  }

  #write(lines: readonly string[]): void {
    const erasing = this.#erasing();
    for (const [index, line] of lines.entries()) {
      this.#options.sink.write(index === 0 ? erasing + line : line);
    }
  }

  /** A narrower window has wrapped the lines since they were drawn. */
  #erasing(): string {
    const { columns = Number.POSITIVE_INFINITY } = this.#options.screen;
    const rows = this.#drawn.reduce(
      (sum, width) => sum + Math.max(1, Math.ceil(width / columns)),
      0,
    );
    this.#drawn = [];
    return rows > 0 ? `\u001b[${rows}A${ERASE_BELOW}` : '';
  }
}
