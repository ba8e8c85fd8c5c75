// The second instance of a shared SDK v2 server: an instance of SDK v2 speaks one era for its whole life, so the one
// that was initialised for the 2025 era has a twin for 2026-07-28.

import type { Declarations } from '../exchange/exchange.ts';
import { extraFor } from './caller-request.ts';
import type { BuildServer } from './factory.ts';
import { internalExchange, waitingUntil } from './internal-exchange.ts';
import { type MultiplexingOptions, MultiplexingTransport } from './multiplexing-transport.ts';
import type { SdkServer } from './sdk-server.ts';

const REVISION = '2026-07-28';
const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': REVISION,
  'io.modelcontextprotocol/clientCapabilities': {},
};

export interface ModernTwin {
  readonly server: SdkServer;
  readonly transport: MultiplexingTransport;
}

/**
 * The SDK binds the era of an instance in its own entries only, which serve one request each or leave the caller out;
 * here it is bound on the instance, and tried before it is trusted.
 * @returns undefined when the instance does not speak 2026-07-28: the host then translates for the first one.
 */
export async function buildModernTwin(
  build: BuildServer,
  declarations: Declarations,
  signal: AbortSignal,
  onUnrelated: MultiplexingOptions['onUnrelated'],
): Promise<ModernTwin | undefined> {
  const server = await build(undefined, 'modern').catch(() => undefined);
  if (!server) return undefined; // A ready instance, or a factory that builds only once.
  const protocol = server.protocol as { _negotiatedProtocolVersion?: string };
  protocol._negotiatedProtocolVersion = REVISION;
  const transport = new MultiplexingTransport({
    extraOf: extraFor('v2'),
    singleExchange: false,
    ...(onUnrelated && { onUnrelated }),
  });
  try {
    await transport.connect(server);
    if (await speaksModern(transport, declarations, signal)) return { server, transport };
  } catch {} // The first instance serves all the same.
  server.close().catch(() => {});
  return undefined;
}

/** Any list will do: its answer carries what only 2026-07-28 has. */
async function speaksModern(
  transport: MultiplexingTransport,
  { capabilities }: Declarations,
  signal: AbortSignal,
): Promise<boolean> {
  const offered = ['tools', 'prompts', 'resources'].find((name) => capabilities[name]);
  if (!offered) return false;
  const request = {
    era: 'modern',
    method: `${offered}/list`,
    params: { _meta: ENVELOPE },
  } as const;
  const answer = await transport.exchange(internalExchange(request, waitingUntil(signal)));
  return (
    'result' in answer && (answer.result as { resultType?: unknown }).resultType === 'complete'
  );
}
