// The load: a closed loop, in which each connection sends its next request as soon as the last one was answered.

import { openConnection } from './connection.ts';

export interface LoadOptions {
  readonly port: number;
  /** Sent in turn. */
  readonly requests: readonly Buffer[];
  readonly connections: number;
  /** Asked before each call. */
  readonly isEnough: (callsSoFar: number) => boolean;
  /** Told how long each call took, milliseconds. */
  readonly onCall?: (ms: number) => void;
}

/** @returns the number of calls. @throws when one call is not answered rightly. */
export async function drive(options: LoadOptions): Promise<number> {
  const { port, requests, isEnough, onCall } = options;
  let calls = 0;
  const loop = async (): Promise<void> => {
    const connection = await openConnection(port);
    try {
      while (!isEnough(calls)) {
        const request = requests[calls % requests.length] as Buffer;
        calls += 1;
        const startedAt = performance.now();
        await connection.exchange(request);
        onCall?.(performance.now() - startedAt);
      }
    } finally {
      connection.close();
    }
  };
  const stopSpinning = spin();
  await Promise.all(Array.from({ length: options.connections }, loop)).finally(stopSpinning);
  return calls;
}

/**
 * Keeps this process from sleeping. Otherwise each answer of a server that is slower than the load has to wake it, which
 * the kernel counts as the server's time.
 */
function spin(): () => void {
  let next = setImmediate(turn);
  function turn(): void {
    next = setImmediate(turn);
  }
  return () => clearImmediate(next);
}
