// Who was refused what: for the log line of a refusal and for the observer. A caller appears as a
// hash, so that lines of one caller can be put together and nobody can be called back from them.

import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Environment } from '../../config/env.ts';
import type { ServerConfig } from '../../config/schema.ts';
import { bounded } from '../exchange/bounded-text.ts';
import type { Observing, Refused } from '../exchange/observer.ts';
import type { HostError } from '../exchange/refusals.ts';
import { callerKey, SHARED_BUCKET } from './caller.ts';

const HASH_LENGTH = 16;

/** Tells the observer of a refusal. @returns what the log line says of it. */
export type Audit = (request: FastifyRequest, refusal: HostError) => Refused;

export interface AuditOptions {
  readonly servers: readonly { readonly config: ServerConfig }[];
  readonly environment: Environment;
  readonly observing: Observing;
}

export function createAudit({ servers, environment, observing }: AuditOptions): Audit {
  const byPath = new Map(
    servers.flatMap(({ config }) => [
      [config.path, config],
      [`${config.path}/`, config],
    ]),
  );
  return (request, refusal) => {
    const server = byPath.get(request.raw.url?.split('?', 1)[0] ?? '');
    const caller = server && callerKey(request, server, environment);
    const refused = refusedOf(request, refusal, server?.name, caller);
    observing.observer?.refused(refused);
    return refused;
  };
}

/** @param callerKey what tells callers apart. */
export function refusedOf(
  { headers }: Pick<FastifyRequest, 'headers'>,
  { reason, status }: Pick<HostError, 'reason' | 'status'>,
  server?: string,
  callerKey = SHARED_BUCKET,
): Refused {
  const caller = callerHash(callerKey);
  const invocationId = bounded(headers['x-azure-functions-invocationid']);
  return {
    ...(server && { server }),
    reason,
    status,
    ...(caller && { caller }),
    ...(invocationId && { invocationId }),
  };
}

/** @returns undefined where nothing tells callers apart. */
function callerHash(key: string): string | undefined {
  if (key === SHARED_BUCKET) return undefined;
  return createHash('sha256').update(key).digest('base64url').slice(0, HASH_LENGTH);
}
