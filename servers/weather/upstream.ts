// What every lookup at an upstream is bound by: its limits, its deadline, and the one way it fails.

/** Bounds of every lookup. */
export interface UpstreamLimits {
  /**
   * Time for one tool call, all its requests and retries together, in milliseconds. Default 10,000.
   */
  readonly timeoutMs: number;
  /** Largest accepted reply body, counted after decompression, in bytes. Default 4 MiB. */
  readonly maxBodyBytes: number;
  /**
   * Mean pause before the one retry, in milliseconds; the actual one varies by half. Default 200.
   */
  readonly retryDelayMs: number;
}

/**
 * The limits that hold unless a caller names others. 4 MiB is several hundred alerts with polygons.
 */
export const DEFAULT_LIMITS: UpstreamLimits = {
  timeoutMs: 10_000,
  maxBodyBytes: 4 * 1024 * 1024,
  retryDelayMs: 200,
};

/**
 * A failed lookup. Its message is a predicate ("did not answer in time") safe to show to any
 * caller.
 */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  /** HTTP status of the answer; absent when there was none. */
  readonly status: number | undefined;
  /** Shortest pause before a retry, in milliseconds; absent when a retry is pointless. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    details: { cause?: unknown; status?: number; retryAfterMs?: number | undefined } = {},
  ) {
    super(message, { cause: details.cause });
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/**
 * Runs `work` with a signal that fires at the deadline, in milliseconds, or when the caller gives
 * up.
 * @throws UpstreamError that names the deadline or the caller's abort; otherwise what `work`
 * throws.
 */
export async function withDeadline<T>(
  timeoutMs: number,
  callerSignal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  // By hand, since AbortSignal.any() and AbortSignal.timeout() leave timers and listeners behind.
  const controller = new AbortController();
  const giveUp = (why: string) => controller.abort(new UpstreamError(why));
  const onCallerAbort = () => giveUp('was not waited for: the call was cancelled');
  const timer = setTimeout(giveUp, timeoutMs, 'did not answer in time');
  callerSignal.addEventListener('abort', onCallerAbort);
  if (callerSignal.aborted) onCallerAbort();
  try {
    return await work(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    clearTimeout(timer);
    callerSignal.removeEventListener('abort', onCallerAbort);
  }
}
