// The watchdog where the system gives it no thread.

import { expect, test, vi } from 'vitest';
import { Watchdog } from '../../../runtime/process/watchdog.ts';

test('a watchdog that gets no thread tells so and harms nobody', () => {
  const watchdog = new Watchdog({
    servers: ['tools'],
    blockedTimeoutMs: 30_000,
    // A thread cannot be given a function, so it is not started.
    notesFile: (() => {}) as never,
    isMarked: false,
  });
  const onFailed = vi.fn();
  watchdog.start(onFailed);
  expect(onFailed).toHaveBeenCalledExactlyOnceWith(expect.any(Error));
  watchdog.endBy(60_000);
  watchdog.serversLoaded();
});
