// Builds the records of who called and who was refused, as `host.audit` says. Both name a caller in
// the same way.

import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Environment } from '../../config/env.ts';
import type { HostConfig, ServerConfig } from '../../config/schema.ts';
import { bounded } from '../exchange/bounded-text.ts';
import type { Observing, Refused } from '../exchange/observer.ts';
import type { HostError } from '../exchange/refusals.ts';
import { type CallRecords, createCallRecords } from './call-records.ts';
import { HttpCaller } from './caller.ts';
import { type CallerName, createCallerName } from './caller-name.ts';

export interface Audit {
  readonly nameOf: CallerName;
  /** Tells the observer of a refusal. @returns what the log line says of it. */
  refused(request: FastifyRequest, refusal: HostError): Refused;
  /** Present where records of tool calls are kept. */
  readonly calls?: CallRecords;
}

export interface AuditOptions {
  readonly mode: HostConfig['audit'];
  readonly servers: readonly { readonly config: ServerConfig }[];
  readonly environment: Environment;
  readonly observing: Observing;
  readonly log: Logger;
}

export function createAudit(options: AuditOptions): Audit {
  const { mode, servers, environment, observing, log } = options;
  const nameOf = createCallerName(mode, environment.stateKey);
  const byPath = new Map(
    servers.flatMap(({ config }) => [
      [config.path, config],
      [`${config.path}/`, config],
    ]),
  );
  return {
    nameOf,
    refused(request, refusal) {
      const server = byPath.get(request.raw.url?.split('?', 1)[0] ?? '');
      const caller = server && nameOf(new HttpCaller(request, server, environment).identity);
      const refused = refusedOf(request, refusal, server?.name, caller);
      observing.observer?.refused(refused);
      return refused;
    },
    ...(mode !== 'none' && { calls: createCallRecords(nameOf, observing, log) }),
  };
}

/** @param caller its name in records. */
export function refusedOf(
  { headers }: Pick<FastifyRequest, 'headers'>,
  { reason, status }: Pick<HostError, 'reason' | 'status'>,
  server: string | undefined,
  caller: string | undefined,
): Refused {
  const invocationId = bounded(headers['x-azure-functions-invocationid']);
  return {
    ...(server && { server }),
    reason,
    status,
    ...(caller && { caller }),
    ...(invocationId && { invocationId }),
  };
}
