// The readiness probe, which is also the ping: a bare `GET /` to the handler.

import { type Agent, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** How to probe. */
export interface ReadinessProbe {
  readonly port: number;
  readonly agent: Agent;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Aborts when the process has ended. */
  readonly signal: AbortSignal;
}

/**
 * Probes until the handler answers. Any answer counts, whatever its status, once its body has
 * ended; only a socket error means "not yet" (host:
 * WebJobs.Script/Workers/Http/DefaultHttpWorkerService.cs). The limit is looked at between probes
 * only, so a `/` whose body never ends is waited for without limit. Redirects, which the real host
 * follows, are taken as answers.
 */
export async function waitUntilReady(
  probe: ReadinessProbe,
): Promise<'ready' | 'timeout' | 'exited'> {
  const deadline = performance.now() + probe.timeoutMs;
  while (performance.now() < deadline) {
    const answered = await ping(probe.port, probe.agent, probe.signal);
    if (probe.signal.aborted) return 'exited';
    if (answered) return 'ready';
    try {
      await pause(probe.intervalMs, undefined, { signal: probe.signal });
    } catch {
      return 'exited';
    }
  }
  return 'timeout';
}

/** One `GET /` without a User-Agent, its body read to the end. False: a socket error. */
export function ping(port: number, agent: Agent, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path: '/', agent, ...(signal && { signal }) };
    const request = get(options, (response) => {
      response.on('error', () => resolve(false));
      response.on('end', () => resolve(true));
      response.resume();
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code?.startsWith('HPE_') ?? false);
    });
  });
}
