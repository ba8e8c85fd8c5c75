// Ctrl-C and similar signals: they stop the work of a command and everything it started, and the
// exit code names the signal.

/** 128 and the number of the signal, as shells have it. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Ctrl-C where the terminal hands it over as a key. */
  readonly interrupt: () => void;
}

/**
 * Runs the work of a command. Further signals have no effect: a terminal and npm may each send one.
 * @param onStopped called with the error by which interrupted work ended
 * @returns its exit code, or the one of the signal
 */
export async function interruptible(
  work: (interruption: Interruption) => Promise<number>,
  onStopped?: (error: unknown) => void,
): Promise<number> {
  const controller = new AbortController();
  let code: number | undefined;
  const endWith = (exitCode: number) => {
    code ??= exitCode;
    controller.abort(new Error('interrupted'));
  };
  const handlers = Object.entries(EXIT_CODES).map(
    ([name, exitCode]) => [name, () => endWith(exitCode)] as const,
  );
  for (const [name, handler] of handlers) process.on(name, handler);
  try {
    const interrupt = () => endWith(EXIT_CODES.SIGINT);
    const result = await work({ signal: controller.signal, interrupt });
    return code ?? result;
  } catch (error) {
    if (code === undefined) throw error;
    onStopped?.(error);
    return code;
  } finally {
    for (const [name, handler] of handlers) process.off(name, handler);
  }
}
