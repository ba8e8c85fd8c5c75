// The handler's port: a free one, or the configured one after a bind check.

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/**
 * The port for the handler's whole life; a restarted process gets the same one.
 *
 * @param configured `customHandler.port`; absent = any free port on 127.0.0.1.
 * @throws Error when the configured port is 0 or taken
 * (host: WebJobs.Script/Workers/Http/Configuration/HttpWorkerOptionsSetup.cs).
 */
export async function choosePort(configured: number | undefined): Promise<number> {
  const probe = createServer();
  try {
    if (configured === 0) throw new Error('0 is not a port');
    probe.listen(configured ?? 0, '127.0.0.1');
    await once(probe, 'listening');
    return (probe.address() as AddressInfo).port;
  } catch (cause) {
    throw new Error(
      `Unable to bind to port ${configured} specified in configuration. Please specify a different port.`,
      { cause },
    );
  } finally {
    probe.close();
  }
}
