// 2026-07-28: the checks of envelope and headers that come before anything of a server, in the
// order of the specification.

import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import type { JsonRpcRequest } from '../../exchange/exchange.ts';
import { HostError } from '../../exchange/refusals.ts';
import { META_KEYS, MODERN_VERSIONS, NAMED_BY } from '../../exchange/wire-names.ts';
import { isEnvelope } from '../envelope.ts';
import { type EraMessage, metaOf } from '../era.ts';

/**
 * Envelope, then headers against body, then version, then missing headers: a client that sends an
 * unknown version consistently must learn of the version, an inconsistent one of the mismatch.
 * @throws HostError `missing-envelope`, `header-mismatch`, `unsupported-modern-version`.
 */
export function checkModern(message: EraMessage, headers: IncomingHttpHeaders): void {
  const { method } = message.kind === 'request' ? message.request : message.notification;
  const version = metaOf(message)?.[META_KEYS.protocolVersion];
  refuseBadEnvelope(message);
  const versionHeader = headerOf(headers, 'mcp-protocol-version');
  const methodHeader = headerOf(headers, 'mcp-method');
  if (version !== undefined && versionHeader !== undefined && versionHeader !== version) {
    throw new HostError('header-mismatch');
  }
  if (methodHeader !== undefined && methodHeader !== method) throw new HostError('header-mismatch');
  if (typeof version === 'string' && !MODERN_VERSIONS.includes(version)) {
    throw unsupportedVersion(version);
  }
  if (message.kind === 'notification') return;
  if (versionHeader === undefined || methodHeader === undefined) {
    throw new HostError('header-mismatch');
  }
  checkName(message.request, headers);
}

/** A notification may do without an envelope; one that names its version must do so in text. */
function refuseBadEnvelope(message: EraMessage): void {
  const meta = metaOf(message);
  if (message.kind === 'notification') {
    const version = meta?.[META_KEYS.protocolVersion];
    if (version !== undefined && typeof version !== 'string')
      throw new HostError('missing-envelope');
  } else if (!isEnvelope(meta)) {
    // A handshake of the 2025 era under a header of 2026-07-28.
    const isHandshake = message.request.method === 'initialize';
    throw new HostError(isHandshake ? 'header-mismatch' : 'missing-envelope');
  }
}

function checkName(request: JsonRpcRequest, headers: IncomingHttpHeaders): void {
  const parameter = NAMED_BY.get(request.method);
  if (parameter === undefined) return;
  const name = headerOf(headers, 'mcp-name');
  const named = request.params?.[parameter];
  // A body that names nothing has nothing to repeat: what is wrong with it are its params.
  if (name === undefined && typeof named !== 'string') return;
  if (name !== named) throw new HostError('header-mismatch');
}

function unsupportedVersion(version: string): HostError {
  const data = { supported: MODERN_VERSIONS, requested: version.slice(0, 64) };
  return new HostError('unsupported-modern-version', { data });
}

/** @throws HostError `header-mismatch` when an encoded value is not valid base64 of UTF-8. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  if (typeof value !== 'string') return undefined;
  if (!value.startsWith('=?')) return value;
  const encoded = /^=\?base64\?(.*)\?=$/.exec(value)?.[1];
  if (encoded === undefined) return value;
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded || !isUtf8(bytes))
    throw new HostError('header-mismatch');
  return bytes.toString('utf8');
}
