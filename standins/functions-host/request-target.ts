// What the real host makes of the request target: refused forms, dot segments, and which characters
// arrive as they are, decoded or escaped.

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
 * host is not the one of the Host header. The path is decoded, its dot segments are resolved, and
 * it is escaped again; the query only loses escapes that it does not need (measured).
 */
export function readRequestTarget(
  rawTarget: string,
  host: string | undefined,
): RequestTarget | undefined {
  const target = rawTarget === '*' ? '/' : withoutOrigin(rawTarget, host);
  if (target === undefined) return undefined;
  const queryAt = target.indexOf('?');
  const rawPath = queryAt === -1 ? target : target.slice(0, queryAt);
  const search = normalizeQuery(queryAt === -1 ? '' : target.slice(queryAt));
  if (/%00/.test(rawPath)) return undefined;
  const routePath = resolveDotSegments(decodePath(rawPath));
  return { routePath, forwarded: encodePath(routePath) + search, query: search.slice(1) };
}

function withoutOrigin(target: string, host: string | undefined): string | undefined {
  if (target.startsWith('/')) return target;
  const absolute = /^https?:\/\/([^/?]*)(.*)$/i.exec(target);
  if (!absolute || absolute[1]?.toLowerCase() !== host?.toLowerCase()) return undefined;
  const rest = absolute[2] ?? '';
  return rest.startsWith('/') ? rest : `/${rest}`;
}

// Escapes of valid UTF-8, one character each, but for the slash.
const characterEscapes =
  /%[0-7][\da-f]|%[cd][\da-f]%[89ab][\da-f]|%e[\da-f](?:%[89ab][\da-f]){2}|%f[0-7](?:%[89ab][\da-f]){3}/gi;

function decodePath(path: string): string {
  return path.replace(characterEscapes, (escaped) => {
    if (escaped.toLowerCase() === '%2f') return escaped;
    try {
      return decodeURIComponent(escaped);
    } catch {
      return escaped;
    }
  });
}

function encodePath(path: string): string {
  return encodeURIComponent(path).replace(/%(24|26|2B|2C|2F|3A|3B|3D|40)/g, decodeURIComponent);
}

function normalizeQuery(search: string): string {
  return search.replace(/%([\da-f]{2})?/gi, (escaped, hex?: string) => {
    if (hex === undefined) return '%25';
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return /[\w.~-]/.test(character) ? character : escaped;
  });
}

function resolveDotSegments(path: string): string {
  const segments = path.split('/').slice(1);
  const resolved: string[] = [];
  for (const [index, segment] of segments.entries()) {
    const isDots = segment === '.' || segment === '..';
    if (segment === '..') resolved.pop();
    if (!isDots) resolved.push(segment);
    else if (index === segments.length - 1) resolved.push('');
  }
  return `/${resolved.join('/')}`;
}
