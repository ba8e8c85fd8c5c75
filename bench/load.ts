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
  /** Keeps the generator from sleeping; then its own CPU says nothing. */
  readonly staysAwake?: boolean;
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
  const fallAsleep = options.staysAwake ? stayAwake() : () => {};
  await Promise.all(Array.from({ length: options.connections }, loop)).finally(fallAsleep);
  return calls;
}

/**
 * Otherwise each answer of a server that is slower than the load has to wake it, which
 * the kernel counts as the server's time.
 */
function stayAwake(): () => void {
  let next = setImmediate(turn);
  function turn(): void {
    next = setImmediate(turn);
  }
  return () => clearImmediate(next);
}
