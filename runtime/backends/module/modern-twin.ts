// The second instance of a shared SDK v2 server: an instance of SDK v2 speaks one era for its whole
// life, so the one that was initialized for the 2025 era has a twin for 2026-07-28.

import { ERROR_CODES, META_KEYS, MODERN_VERSIONS } from '../../exchange/wire-names.ts';
import { openInTime } from '../count-down.ts';
import { answerInTime } from '../internal-exchange.ts';
import { type MultiplexingOptions, MultiplexingTransport } from '../multiplexing-transport.ts';
import { extraFor } from './caller-request.ts';
import type { BuildServer } from './factory.ts';
import { bindRevision, type ProbedSdk } from './sdk-internals.ts';
import type { SdkServer } from './sdk-server.ts';

const [REVISION = ''] = MODERN_VERSIONS;
/** What its requests carry. */
export const ENVELOPE = {
  [META_KEYS.protocolVersion]: REVISION,
  [META_KEYS.clientCapabilities]: {},
};

export interface ModernTwin {
  readonly server: SdkServer;
  readonly transport: MultiplexingTransport;
}

/**
 * The SDK binds the era of an instance in its own entries only, which serve one request each or
 * leave the caller out; here it is bound on the instance, and tried before it is trusted.
 * @returns undefined when the instance does not speak 2026-07-28: the host then translates for the
 * first one.
 */
export async function buildModernTwin(
  build: BuildServer,
  limitMs: number,
  probed: ProbedSdk,
  onUnrelated: MultiplexingOptions['onUnrelated'],
): Promise<ModernTwin | undefined> {
  const server = await openInTime(
    limitMs,
    () => build(undefined, 'modern'),
    () => new Error('The second instance was not created in time.'),
  ).catch(() => undefined);
  if (!server) return undefined; // A ready instance, or a factory that builds only once.
  const transport = new MultiplexingTransport({
    extraOf: extraFor(server),
    singleClient: false,
    ...(onUnrelated && { onUnrelated }),
  });
  try {
    const isBound = bindRevision(server.protocol, REVISION);
    await transport.connect(server);
    if (isBound && (await speaksModern(transport))) return { server, transport };
  } catch {} // The first instance serves all the same.
  probed.markOff('_negotiatedProtocolVersion');
  server.close().catch(() => {});
  return undefined;
}

/**
 * 2026-07-28 has no `ping`; an instance that answers it speaks the 2025 era. No code of the author
 * runs for it.
 */
async function speaksModern(transport: MultiplexingTransport): Promise<boolean> {
  const request = { era: 'modern', method: 'ping', params: { _meta: ENVELOPE } } as const;
  const answer = await answerInTime(transport, request);
  return (
    answer !== undefined && 'error' in answer && answer.error.code === ERROR_CODES.methodNotFound
  );
}
