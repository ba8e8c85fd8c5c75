// What the host knows of the terminal that it writes to.

import { styleText } from 'node:util';

export type Color = 'red' | 'yellow' | 'green' | 'dim';

/** Gives a text a color, where there are colors. */
export type Paint = (color: Color, text: string) => string;

export interface Screen {
  /** Undefined where nothing has a width: then nothing is cut. Changes with the window. */
  readonly columns: number | undefined;
  readonly rows: number | undefined;
  readonly paint: Paint;
  /** Whether what was drawn can be erased: this is a terminal, and it can move its cursor. */
  readonly canErase: boolean;
  /** Tells of another size. */
  onResize?(tell: () => void): void;
}

/** A stream of the process; `columns` and `rows` only where it is a terminal. */
export interface ScreenStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/**
 * Whether there are colors is decided now, by Node's own rules (NO_COLOR, FORCE_COLOR, TERM, CI):
 * servers set variables of this process later.
 */
export function screenOf(stream: ScreenStream, isDumbTerminal: boolean): Screen {
  const isColored = styleText('red', ' ', { stream }) !== ' ';
  return {
    // A terminal that does not know its size says 0.
    get columns() {
      return stream.columns || undefined;
    },
    get rows() {
      return stream.rows || undefined;
    },
    paint: isColored
      ? (color, text) => styleText(color, text, { validateStream: false })
      : (_, text) => text,
    canErase: stream.isTTY === true && !isDumbTerminal,
    onResize: (tell) => void stream.on('resize', tell),
  };
}
