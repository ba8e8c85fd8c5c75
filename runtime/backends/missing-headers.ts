// A server that needs headers of its callers, because their values are in its environment.

import { HostError } from '../exchange/refusals.ts';

/**
 * @param needed names from servers.yaml, so they may be shown.
 * @throws HostError `missing-header`.
 */
export function refuseMissingHeaders(
  needed: readonly string[],
  headers: Readonly<Record<string, string>>,
): void {
  const missing = needed.filter((name) => !headers[name]);
  if (missing.length === 0) return;
  const names = missing.join(', ');
  throw new HostError('missing-header', {
    message: `Bad request: this server needs the request header ${names}.`,
    data: { headers: missing },
  });
}
