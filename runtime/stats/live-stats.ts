// `npm start -- --stats`: where the table is drawn, and how the log and standard error pass it.

import { StringDecoder } from 'node:string_decoder';
import type { LineSink } from '../exchange/line-sink.ts';
import { addObserver, type Observing } from '../exchange/observer.ts';
import type { Screen } from '../exchange/screen.ts';
import { createCounts } from './counts.ts';
import { LiveTable } from './live-table.ts';
import { statsTable } from './table.ts';

export interface LiveStats {
  readonly observing: Observing;
  /** For the lines of the log. */
  readonly sink: LineSink;
  /** For what is written to standard error; present where the table would stand in its way. */
  readonly takeError?: (bytes: string | Uint8Array) => void;
}

export interface LiveStatsOptions {
  /** Standard output. */
  readonly output: { readonly sink: LineSink; readonly screen: Screen };
  readonly standardError: {
    readonly stream: Pick<NodeJS.WriteStream, 'write'>;
    readonly screen: Screen;
  };
}

/**
 * The table stays at the bottom of a terminal: that of standard output, else that of standard error.
 * Where neither is one, tables follow each other on standard output.
 */
export function createLiveStats({ output, standardError }: LiveStatsOptions): LiveStats {
  const isBesideLog = output.screen.canErase || !standardError.screen.canErase;
  const place = isBesideLog
    ? output
    : { sink: streamSink(standardError.stream), screen: standardError.screen };
  const counts = createCounts(() => table.drawSoon());
  const table = new LiveTable({ ...place, draw: () => statsTable(counts, place.screen) });
  const errors = new Lines((line) => table.above(line));
  const observing: Observing = {};
  addObserver(observing, counts.observer);
  place.screen.onResize?.(() => table.drawSoon());
  const { sink } = output;
  return {
    observing,
    sink: {
      write: (line) => (isBesideLog ? table.above(line) : sink.write(line)),
      flush(done) {
        table.writeHeld();
        sink.flush(done);
      },
      writeNow() {
        errors.end();
        table.end();
        sink.writeNow();
      },
      get lostLines() {
        return sink.lostLines;
      },
      onRecovered: (tell) => sink.onRecovered(tell),
    },
    ...(standardError.screen.canErase && { takeError: (bytes) => errors.write(bytes) }),
  };
}

/** Writes to a terminal do not wait. */
function streamSink(stream: Pick<NodeJS.WriteStream, 'write'>): Pick<LineSink, 'write' | 'flush'> {
  const write = stream.write.bind(stream) as (text: string) => boolean;
  return { write: (line) => void write(line), flush: (done) => done() };
}

/** Cuts what is written into lines. */
class Lines {
  readonly #take: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  write(bytes: string | Uint8Array): void {
    const text = typeof bytes === 'string' ? bytes : this.#decoder.write(Buffer.from(bytes));
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#take(`${line}\n`);
  }

  end(): void {
    if (this.#rest !== '') this.#take(`${this.#rest}\n`);
    this.#rest = '';
  }
}
