// Compares what was sent to Application Insights with what arrived. Its exporters hold data for 5 s
// and silently drop what is too much or cannot be sent, so this host sends every second and reports
// losses.

import { setTimeout as delay } from 'node:timers/promises';

/**
 * The Functions host ends this process with SIGKILL: what waits is lost, so it waits for a second
 * at most.
 */
const FLUSH_DELAY_MS = 1_000;

export const SIGNALS = ['spans', 'logs'] as const;
export type Signal = (typeof SIGNALS)[number];

export interface Deliveries {
  /**
   * From now on what is handed over is sent a second later at most. @param flush sends what waits;
   * never rejects.
   */
  start(flush: () => Promise<void>): void;
  handed(signal: Signal): void;
  /** A request to the destination. @returns to be called with whether it was taken. */
  sending(body: string): (isTaken: boolean) => void;
  /** How many did not arrive of those whose turn has been. */
  lost(signal: Signal): number;
}

interface Counts {
  handed: number;
  underWay: number;
  arrived: number;
  lost: number;
}

export function createDeliveries(): Deliveries {
  const zero = (): Counts => ({ handed: 0, underWay: 0, arrived: 0, lost: 0 });
  const counts: Record<Signal, Counts> = { spans: zero(), logs: zero() };
  let flush: (() => Promise<void>) | undefined;
  let isWanted = false;
  let isRunning = false;
  const run = async (): Promise<void> => {
    isRunning = true;
    // One at a time: for a slow destination they would pile up.
    while (isWanted && flush) {
      await delay(FLUSH_DELAY_MS, undefined, { ref: false });
      isWanted = false;
      const handed = SIGNALS.map((signal) => counts[signal].handed);
      await flush();
      for (const [at, signal] of SIGNALS.entries()) {
        const { arrived, underWay } = counts[signal];
        counts[signal].lost = Math.max(0, (handed[at] as number) - arrived - underWay);
      }
    }
    isRunning = false;
  };
  return {
    start(work) {
      flush = work;
    },
    handed(signal) {
      counts[signal].handed++;
      isWanted = true;
      if (!isRunning) void run();
    },
    sending(body) {
      const { signal, count } = contentOf(body);
      counts[signal].underWay += count;
      return (isTaken) => {
        counts[signal].underWay -= count;
        if (isTaken) counts[signal].arrived += count;
      };
    },
    lost: (signal) => counts[signal].lost,
  };
}

const SPAN_TYPES = ['RequestData', 'RemoteDependencyData'];
const LOG_TYPES = ['MessageData', 'ExceptionData', 'EventData'];

/**
 * Each span is one envelope, beside which its events may stand; log records travel by themselves.
 */
function contentOf(body: string): { signal: Signal; count: number } {
  const spans = envelopesIn(body, SPAN_TYPES);
  if (spans > 0) return { signal: 'spans', count: spans };
  return { signal: 'logs', count: envelopesIn(body, LOG_TYPES) };
}

/** In a value the quotation marks would be escaped, so no one's text is counted. */
function envelopesIn(body: string, types: readonly string[]): number {
  const counts = types.map((type) => body.split(`"baseType":"${type}"`).length - 1);
  return counts.reduce((sum, count) => sum + count, 0);
}
