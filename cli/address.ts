// The address at which clients reach the host: from an option or from the azd environment.

import { publicUrl } from '../config/formats.ts';
import { findAzdValue, readAzdValue } from './azd-environment.ts';
import { UsageError } from './usage.ts';

/** @throws UsageError that says what is wrong with the value of `--url` */
export function readPublicUrl(url: string): string {
  const origin = url.replace(/\/$/, '');
  const problem = publicUrl.explain(origin);
  if (problem === undefined) return origin;
  const fix = url.includes('://') ? problem.fix : `write "https://${url}"`;
  throw new UsageError(
    `--url: expected ${problem.expected}, got ${problem.got ?? JSON.stringify(url)}. Fix: ${fix}`,
  );
}

/**
 * API Management of the current azd environment, or its app when there is none.
 * @throws ExplainedError when azd cannot tell
 */
export function deployedAddress(): { place: 'remote' | 'apim'; baseUrl: string } {
  const gatewayUrl = findAzdValue('APIM_GATEWAY_URL');
  return gatewayUrl === undefined
    ? { place: 'remote', baseUrl: readAzdValue('SERVICE_MCP_URI') }
    : { place: 'apim', baseUrl: gatewayUrl };
}
