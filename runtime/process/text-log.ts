// The destination of the log where people read it; loaded there only.

import type { DestinationStream } from 'pino';
import type { LineSink } from '../exchange/line-sink.ts';
import type { Screen } from '../exchange/screen.ts';
import { textLines } from './log-text.ts';

// A server may replace it.
const { parse } = JSON;

/** Takes JSON lines, as every destination does: records are exported from them, too. */
export function textLog(
  sink: Pick<LineSink, 'write' | 'flush'>,
  screen: Screen,
): DestinationStream & Pick<LineSink, 'flush'> {
  return {
    write(line) {
      for (const text of readable(line, screen)) sink.write(`${text}\n`);
    },
    flush: (done) => sink.flush(done),
  };
}

/** A fault of ours loses no line. */
function readable(line: string, screen: Screen): string[] {
  try {
    return textLines(parse(line), screen);
  } catch {
    return [line.trimEnd()];
  }
}
