// Request headers that servers do not see, and the names that `passHeaders` may open.

import type { Problem, TextFormat } from './formats.ts';

/**
 * Never passed to a server. A name may begin or end with `*`. docs/hidden-headers.md repeats the
 * list.
 * - Credentials that this host, Azure or a proxy in front checks, and copies of them.
 * - Addresses of the request, which may carry a function key in `code`.
 * - What concerns only this connection and this host.
 */
export const platformHeaders: readonly string[] = [
  'authorization',
  'proxy-authorization',
  'x-forwarded-authorization',
  'x-original-authorization',
  'x-forwarded-access-token',
  'x-auth-request-access-token',
  'x-serverless-authorization',
  'x-goog-iap-jwt-assertion',
  'x-amzn-oidc-*',
  'cf-access-*',
  'cookie',
  'cookie2',
  'x-functions-*',
  'x-ms-*',
  'x-zumo-*',
  'ocp-apim-*',
  'x-arr-clientcert',
  'client-cert',
  'client-cert-chain',
  'ssl-client-*',
  'x-client-cert*',
  'x-forwarded-client-cert*',
  'x-forwarded-tls-client-cert*',
  'x-ssl-cert*',
  'x-ssl-client-*',
  'x-tls-client-cert*',
  'x-amzn-mtls-clientcert*',
  'referer',
  'x-original-url',
  'x-original-uri',
  'x-original-path',
  'x-rewrite-url',
  'x-rewrite-uri',
  'x-forwarded-url',
  'x-forwarded-uri',
  'x-forwarded-path',
  'x-request-url',
  'x-request-uri',
  'x-envoy-original-path',
  'x-waws-unencoded-url',
  'connection',
  'content-length',
  'host',
  'mcp-session-id',
  'transfer-encoding',
];

/**
 * Names that carry keys and tokens of other services. A server sees those that its `passHeaders`
 * names.
 */
export const keyHeaders: readonly string[] = [
  'api-key',
  'apikey',
  '*-api-key',
  '*-apikey',
  '*-rapidapi-key',
  '*-api-token',
  '*-api-secret',
  '*-access-key',
  '*-access-token',
  '*-auth-key',
  '*-auth-token',
  '*-authorization',
  '*-authorization-token',
  '*-client-secret',
  '*-id-token',
  '*-password',
  '*-refresh-token',
  '*-secret-key',
  '*-security-token',
  '*-session-token',
  'access-token',
  'auth-token',
  'private-token',
  'x-secret',
  'x-token',
];

const isOfPlatform = matcher(platformHeaders);
const isKey = matcher(keyHeaders);

/**
 * Whether a server does not see a header.
 * @param name in lower case
 * @param passed the server's `passHeaders`
 */
export function isHidden(name: string, passed: readonly string[] | undefined): boolean {
  if (isOfPlatform.test(name)) return true;
  // Arguments of a tool that its client repeats in headers; the server has them anyway.
  if (name.startsWith('mcp-param-') || !isKey.test(name)) return false;
  return !passed?.some((each) => each.toLowerCase() === name);
}

/** A header that a server may be shown. */
export const passedHeader: TextFormat = {
  pattern: "^[A-Za-z0-9!#$%&'+.^_`|~-]{1,128}$",
  explain(value): Problem | undefined {
    if (!new RegExp(this.pattern).test(value)) {
      return {
        expected: 'the exact name of one request header, without wildcards (1 to 128 characters)',
        fix: value.includes('*') ? 'list the headers one by one' : 'write for example "x-api-key"',
      };
    }
    if (!isOfPlatform.test(value.toLowerCase())) return undefined;
    return {
      expected: 'a header that the platform does not reserve (docs/hidden-headers.md)',
      fix: 'delete it, and let clients send the key of the other service in a separate header, such as "x-api-key"',
    };
  },
};

function matcher(names: readonly string[]): RegExp {
  const patterns = names.map((name) => name.replaceAll('*', '.*'));
  return new RegExp(`^(?:${patterns.join('|')})$`);
}
