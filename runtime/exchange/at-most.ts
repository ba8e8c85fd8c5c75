// Waiting with a limit.

import { clearTimeout, NativePromise, setTimeout } from './builtins.ts';

/** Waits for `work`, but no longer than `limitMs`. */
export async function atMost(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new NativePromise((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  try {
    await NativePromise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
