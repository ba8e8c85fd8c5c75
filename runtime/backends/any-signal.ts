// AbortSignal.any for a piece of work. Node keeps such a signal, and all that listens to it, until it
// aborts; this one is forgotten when the work is over.

/** @param work gets a signal that aborts with the first of `signals`. */
export async function withAnySignal<T>(
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const any = new AbortController();
  const listeners = signals.map((signal) => {
    const listener = (): void => any.abort(signal.reason);
    if (signal.aborted) listener();
    else signal.addEventListener('abort', listener, { once: true });
    return () => signal.removeEventListener('abort', listener);
  });
  try {
    return await work(any.signal);
  } finally {
    for (const forget of listeners) forget();
  }
}
