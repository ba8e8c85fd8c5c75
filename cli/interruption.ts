// Ctrl-C while a command has something half done: the work ends itself, puts back what it must, and
// only then the process ends.

/** As shells have it: 128 and the number of the signal. */
const EXIT_CODE = 130;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * @param work is to end soon after the signal aborts, whether it throws or not
 * @returns what it returns; 130 after an interruption
 */
export async function interruptible(
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const abort = new AbortController();
  const interrupt = (): void => abort.abort();
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    const code = await work(abort.signal);
    return abort.signal.aborted ? EXIT_CODE : code;
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    return EXIT_CODE;
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}
