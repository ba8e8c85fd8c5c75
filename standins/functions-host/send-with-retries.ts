// When a request is sent again: the pauses of the proxy's retries, and the immediate resends of
// its connection pool in between.

import type { IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { FunctionsHostNumbers } from './options.ts';
import { NoAnswerError, type OutgoingRequest, sendOnce } from './send-to-handler.ts';

type RetryNumbers = Pick<
  FunctionsHostNumbers,
  'sendAttempts' | 'sendsPerAttempt' | 'firstRetryPauseMs' | 'longestRetryPauseMs'
>;

/** The pauses between attempts, by default 50, 100, 200, 250, 250, … ms: about 1.9 s in all. */
export function retryPausesMs(numbers: RetryNumbers): number[] {
  return Array.from({ length: numbers.sendAttempts - 1 }, (_, index) =>
    Math.min(numbers.firstRetryPauseMs * 2 ** index, numbers.longestRetryPauseMs),
  );
}

/**
 * Sends until the handler answers. A request without a body is replayed, up to 40 times in all when
 * every connection is closed unanswered; once body bytes were on their way the attempts go on in
 * vain, so that the failure takes as long but the handler sees nothing more
 * (host: WebJobs.Script/Http/RetryProxyHandler.cs; counts and times measured).
 *
 * @throws NoAnswerError after the last attempt; the reason of `signal` when that aborted.
 */
export async function sendWithRetries(
  request: OutgoingRequest,
  numbers: RetryNumbers,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const pausesMs = retryPausesMs(numbers);
  let failure: NoAnswerError | undefined;
  for (let attempt = 0; attempt < numbers.sendAttempts; attempt += 1) {
    if (attempt > 0) await pause(pausesMs[attempt - 1], undefined, { signal });
    for (let send = 0; send < numbers.sendsPerAttempt; send += 1) {
      if (failure?.bodyStarted) break;
      try {
        return await sendOnce(request, signal);
      } catch (error) {
        if (!(error instanceof NoAnswerError)) throw error;
        failure = error;
        if (!error.closedUnanswered) break;
      }
    }
  }
  throw failure;
}
