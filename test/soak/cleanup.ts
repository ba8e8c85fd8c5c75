// What must not outlive the soak, also after Ctrl+C: processes, threads and folders.

const closers = new Set<() => unknown>();

/** @param close must be quick and not throw. @returns a function that forgets it */
export function atEnd(close: () => unknown): () => void {
  closers.add(close);
  return () => void closers.delete(close);
}

/** Closes all that is still open, the youngest first. */
export function closeAll(): void {
  for (const close of [...closers].reverse()) close();
  closers.clear();
}
