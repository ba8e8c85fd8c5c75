// What Kestrel makes of the request target before routing: refused forms, dot segments, and the
// one escape that it does not decode.

/** A target as the routes see it and as the handler gets it. */
export interface RequestTarget {
  /** Decoded path without query; `%2F` stays, so an escaped slash never makes a segment. */
  readonly routePath: string;
  /** Path and query for the handler. */
  readonly forwarded: string;
  /** Query without `?`. */
  readonly query: string;
}

/**
 * Reads a raw request target. `undefined` = 400: a NUL in the path, or an absolute target whose
 * host is not the one of the Host header. Dot segments are resolved, an escaped slash is escaped
 * once more, everything else stays byte for byte (measured).
 */
export function readRequestTarget(
  rawTarget: string,
  host: string | undefined,
): RequestTarget | undefined {
  const target = withoutOrigin(rawTarget, host);
  if (target === undefined) return undefined;
  const queryAt = target.indexOf('?');
  const rawPath = queryAt === -1 ? target : target.slice(0, queryAt);
  const search = queryAt === -1 ? '' : target.slice(queryAt);
  if (/%00/.test(rawPath)) return undefined;
  const path = resolveDotSegments(rawPath).replace(/%2f/gi, (slash) => `%25${slash.slice(1)}`);
  return { routePath: decodePath(path), forwarded: path + search, query: search.slice(1) };
}

function withoutOrigin(target: string, host: string | undefined): string | undefined {
  if (target.startsWith('/')) return target;
  const absolute = /^https?:\/\/([^/?]*)(.*)$/i.exec(target);
  if (!absolute || absolute[1]?.toLowerCase() !== host?.toLowerCase()) return undefined;
  const rest = absolute[2] ?? '';
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function resolveDotSegments(path: string): string {
  const segments = path.split('/').slice(1);
  const resolved: string[] = [];
  for (const [index, segment] of segments.entries()) {
    const plain = segment.replace(/%2e/gi, '.');
    const isDots = plain === '.' || plain === '..';
    if (plain === '..') resolved.pop();
    if (!isDots) resolved.push(segment);
    else if (index === segments.length - 1) resolved.push('');
  }
  return `/${resolved.join('/')}`;
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
