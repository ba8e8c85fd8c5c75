// `npm start -- --stats`: the table below the log on a terminal, drawn anew as it changes;
// elsewhere one table after another.

import type { WriteStream } from 'node:tty';
import type { DestinationStream } from 'pino';
import { addObserver, type Observing } from '../exchange/observer.ts';
import { createCounts } from './counts.ts';
import { statsTable } from './table.ts';

/** Shortest time between two pictures, milliseconds. */
const INTERVAL_MS = 250;
const ERASE_BELOW = '\u001b[J';

export interface LiveStats {
  readonly observing: Observing;
  /** Writes log lines above the table. */
  readonly logDestination: DestinationStream;
}

/** @param output standard output; a file or a pipe has no cursor to move. */
export function createLiveStats(output: Pick<WriteStream, 'write' | 'isTTY'>): LiveStats {
  const observing: Observing = {};
  let height = 0;
  let timer: NodeJS.Timeout | undefined;
  const erase = (): void => {
    if (height > 0) output.write(`\u001b[${height}A${ERASE_BELOW}`);
    height = 0;
  };
  const draw = (): void => {
    timer = undefined;
    const table = statsTable(counts);
    if (output.isTTY) erase();
    output.write(table);
    if (output.isTTY) height = table.split('\n').length - 1;
  };
  const drawSoon = (): void => {
    if (timer === undefined) timer = setTimeout(draw, INTERVAL_MS).unref();
  };
  const counts = createCounts(drawSoon);
  addObserver(observing, counts.observer);
  return {
    observing,
    logDestination: {
      write(line) {
        if (height > 0) drawSoon();
        erase();
        output.write(line);
      },
    },
  };
}
