// A server that runs elsewhere: from its entry in servers.yaml to a connection.

import { isForbiddenHost } from '../../../config/forbidden-address.ts';
import { parseUrl } from '../../../config/formats.ts';
import { upstreamUrl } from '../../../config/kind-formats.ts';
import type { UrlConfig } from '../../../config/schema.ts';
import { createIdentityCredential } from '../../exchange/identity-token.ts';
import { Unavailability } from '../../exchange/unavailability.ts';
import { connect } from '../http/connect.ts';
import { checkedHeaders } from '../http/entry-headers.ts';
import { KnownEras } from '../known-eras.ts';
import type { OpenBackend } from '../open-backend.ts';
import type { OpenOptions } from '../open-options.ts';

/** @throws Unavailability. @param signal aborts when the try has taken too long. */
export async function openUrl(
  config: UrlConfig,
  options: OpenOptions,
  signal: AbortSignal,
): Promise<OpenBackend> {
  const { environment, texts, log } = options;
  return connect(
    {
      name: config.name,
      url: addressOf(texts.url ?? ''),
      headers: checkedHeaders(texts.headers),
      token: tokenOf(config, options),
      proxy: config.proxy ? environment.proxy : undefined,
      instance: config.instance,
      eras: new KnownEras(config.era, options.knownEra),
      followsChanges: config.subscriptions && config.instance === 'shared',
      idleTimeoutMs: config.idleTimeoutMs,
      startTimeoutMs: config.startTimeoutMs,
      maxResultBytes: config.maxResultBytes,
      log,
    },
    signal,
  );
}

/** The value of a variable was not checked with the file. */
function addressOf(text: string): URL {
  const problem = upstreamUrl.explain(text);
  if (!problem) return new URL(text);
  const url = parseUrl(text);
  const word = url && isForbiddenHost(url.hostname) ? 'forbidden-address' : 'invalid-setting';
  throw new Unavailability(
    word,
    `\`url\`, with its variables filled in: expected ${problem.expected}. Fix: ${problem.fix}.`,
  );
}

function tokenOf(
  { upstreamAuth }: UrlConfig,
  { environment: { identity } }: OpenOptions,
): (() => Promise<string>) | undefined {
  if (!upstreamAuth) return undefined;
  if (!identity) {
    throw new Unavailability(
      'upstream-token',
      '`upstreamAuth` needs the managed identity of an app in Azure: expected IDENTITY_ENDPOINT and IDENTITY_HEADER, which App Service sets, got none. Fix: run the host in Azure with a managed identity, or use `headers`.',
    );
  }
  const credential = createIdentityCredential(identity);
  return async () => (await credential.getToken(upstreamAuth.audience)).token;
}
