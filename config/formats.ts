// The text formats that servers.yaml uses: what each accepts, and how to repair what it refuses.
// Every value that can reach an API Management policy is restricted here, so nothing in it can
// become active there.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

import { hasOnlyReferences } from './references.ts';

/** What is wrong with one value. The reporter adds the place and the value itself. */
export interface Problem {
  /** Completes "expected …". */
  readonly expected: string;
  /** Completes "Fix: …". */
  readonly fix: string;
  /** Completes "got …" where repeating the value would not help, or would repeat a secret. */
  readonly got?: string;
}

/** A kind of text: a pattern for editors, and a function that explains a refusal. */
export interface TextFormat {
  /** Ends up as `pattern` in the JSON Schema. */
  readonly pattern: string;
  /** Returns undefined when the value is good. */
  readonly explain: (value: string) => Problem | undefined;
}

/**
 * First path segments that belong to the Functions host, to well-known documents or to health
 * checks.
 */
export const RESERVED_SEGMENTS: ReadonlySet<string> = new Set([
  'admin',
  'runtime',
  '.auth',
  '.well-known',
  'healthz',
  'readyz',
]);

/**
 * Longest path, so that `.well-known/oauth-protected-resource/<path>` fits API Management's 400
 * characters.
 */
const MAX_PATH_LENGTH = 256;

const NO_REFERENCE = 'write the value itself; ${NAME} works only in env';

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * A server's name: it becomes part of paths, scopes and Azure resource names (56 characters at
 * most).
 */
export const serverName: TextFormat = fromPattern('^[a-z][a-z0-9-]{0,55}$', (value) => ({
  expected:
    'a name of lower-case letters, digits and hyphens that starts with a letter (1 to 56 characters)',
  fix: suggest(
    slug(value),
    /^[a-z][a-z0-9-]{0,55}$/,
    'rename the server, for example to "weather"',
  ),
}));

/** The path a server is mounted at; lower case, because the Functions host ignores case. */
export const mountPath: TextFormat = {
  pattern: '^(none|(?!/(admin|runtime|healthz|readyz)(/|$))(/[a-z0-9][a-z0-9-]{0,55})+)$',
  explain(value) {
    const expected = 'a path of lower-case segments such as "/weather/mcp"';
    const repaired = `/${value
      .split(/[\\/]+/)
      .map(slug)
      .filter(Boolean)
      .join('/')}`;
    if (RESERVED_SEGMENTS.has(value.split('/')[1]?.toLowerCase() ?? '')) return RESERVED_PATH;
    if (value.length > MAX_PATH_LENGTH) {
      return {
        expected: `a path of at most ${MAX_PATH_LENGTH} characters`,
        got: `${value.length} characters`,
        fix: 'shorten it',
      };
    }
    if (new RegExp(this.pattern).test(value)) return undefined;
    return { expected, fix: suggest(repaired, new RegExp(this.pattern), 'write "/weather/mcp"') };
  },
};

/** The complaint about a first segment that belongs to someone else. */
export const RESERVED_PATH: Problem = {
  expected: `a first segment other than ${[...RESERVED_SEGMENTS].join(', ')} (reserved)`,
  fix: 'choose another first segment, such as the name of the server',
};

/** Where a server's code is: a path relative to servers.yaml, or a package. */
export const moduleSpecifier: TextFormat = {
  pattern:
    '^(\\.\\.?/[^\\\\?#$]+|(@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*(/[^\\\\?#$]+)?)$',
  explain(value) {
    const expected = 'a path that starts with ./ or ../, or the name of a package';
    if (/^[a-z][a-z0-9+.-]+:/i.test(value)) {
      return {
        expected,
        fix: 'install the code as a package, or copy it into a folder next to servers.yaml',
      };
    }
    if (/^([/\\]|[a-z]:)/i.test(value)) {
      return {
        expected,
        fix: 'write a path relative to the folder of servers.yaml, because the file must be deployed',
      };
    }
    if (value.includes('\\')) return { expected, fix: `write "${value.replaceAll('\\', '/')}"` };
    if (value.includes('${')) return { expected, fix: NO_REFERENCE };
    if (/^[^.@][^:]*\.tsx?$/.test(value)) return { expected, fix: `write "./${value}"` };
    if (new RegExp(this.pattern).test(value)) return undefined;
    return { expected, fix: 'write for example "./servers/weather/index.ts"' };
  },
};

/** The name of an export in a server's module. */
export const exportName: TextFormat = fromPattern('^[A-Za-z_$][A-Za-z0-9_$]*$', () => ({
  expected: 'the name of an export',
  fix: 'write for example "createServer"',
}));

/**
 * One OAuth scope; narrower than RFC 6749 section 3.3, so that it needs no escaping in policies.
 */
export const scopeName: TextFormat = fromPattern('^[A-Za-z0-9][A-Za-z0-9._:/-]{0,119}$', () => ({
  expected: 'a scope of letters, digits and . _ : / - (1 to 120 characters)',
  fix: 'write one list item for each scope, for example "mcp.weather"',
}));

/**
 * An audience (`aud`) of RFC 7519: any text or URI without blanks and without characters that XML
 * escapes.
 */
export const audienceName: TextFormat = fromPattern(
  '^[A-Za-z0-9][A-Za-z0-9._~:/?#=+%-]{0,255}$',
  () => ({
    expected: 'an audience of letters, digits and . _ ~ : / ? # = + % - (1 to 256 characters)',
    fix: 'copy the aud claim from a token of your issuer',
  }),
);

/** Names of tools: an exact one, or with `*` for any characters. */
export const toolPattern: TextFormat = fromPattern('^[^\\u0000-\\u0020\\u007f]{1,128}$', () => ({
  expected: 'a tool name, with * for any characters (1 to 128 characters)',
  fix: 'copy the name from the answer to tools/list',
}));

/** A name that every client takes (MCP 2025-11-25, server/tools, "Tool Names"). */
export const publishedToolName: TextFormat = fromPattern('^[A-Za-z0-9_.-]{1,128}$', () => ({
  expected: 'a tool name of letters, digits and _ . - (1 to 128 characters)',
  fix: 'write for example "search_orders"',
}));

/** The exact name of a tool, as `tools/list` shows it. */
export const toolName: TextFormat = fromPattern('^[^\\u0000-\\u0020\\u007f*]{1,128}$', (value) => ({
  expected: 'the exact name of one tool, without spaces or wildcards (1 to 128 characters)',
  fix: value.includes('*')
    ? 'list the tools one by one'
    : 'copy the name from the answer to tools/list',
}));

/** The name of an environment variable. */
export const environmentName: TextFormat = {
  pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
  explain(value) {
    if (
      /^(FUNCTIONS_|AZURE_FUNCTIONS_|AzureWebJobs|AzureFunctionsJobHost_|WEBSITE_)/i.test(value)
    ) {
      return {
        expected: 'a name that Azure Functions does not reserve',
        got: JSON.stringify(value),
        fix: 'choose another name',
      };
    }
    if (new RegExp(this.pattern).test(value)) return undefined;
    return {
      expected: 'a name of letters, digits and _ that does not start with a digit',
      got: JSON.stringify(value),
      fix: suggest(value.replaceAll(/[-. ]/g, '_'), new RegExp(this.pattern), 'rename it'),
    };
  },
};

/** The value of an environment variable. Problems never repeat it: it may be a secret. */
export const environmentValue: TextFormat = {
  pattern: '^[^\\u0000]*$',
  explain(value) {
    if (value.includes('\0')) {
      return {
        expected: 'text without NUL characters',
        got: 'text with a NUL character',
        fix: 'remove it',
      };
    }
    if (hasOnlyReferences(value)) return undefined;
    return {
      expected: 'text in which each ${ begins a reference, ${NAME} or ${NAME:-default}',
      got: 'another use of ${',
      fix: 'write ${NAME}, where NAME is a variable of the host',
    };
  },
};

/**
 * A web origin as browsers send it (RFC 6454 section 7): scheme, host, port if it is not the usual
 * one.
 */
export const webOrigin: TextFormat = {
  pattern: '^https?://([a-z0-9.-]+|\\[[0-9a-f:]+\\])(:[0-9]{1,5})?$',
  explain(value) {
    const expected = 'an origin such as "https://app.example", without a path or wildcard';
    const origin = parseUrl(value)?.origin;
    if (origin === value && new RegExp(this.pattern).test(value)) return undefined;
    return { expected, fix: suggest(origin, new RegExp(this.pattern), 'list each origin in full') };
  },
};

/** A host name as in a Host header, without the port. */
export const hostName: TextFormat = fromPattern(
  '^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$',
  (value) => ({
    expected: 'a lower-case host name without a scheme, port or wildcard',
    fix: suggest(
      parseUrl(value.includes('://') ? value : `http://${value}`)?.hostname,
      /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/,
      'write for example "mcp.example.com"',
    ),
  }),
);

/** The address that clients use: an origin, https unless it is loopback (RFC 9728 section 3). */
export const publicUrl: TextFormat = {
  pattern: webOrigin.pattern,
  explain(value) {
    const url = parseUrl(value);
    if (webOrigin.explain(value) === undefined && url && isSecure(url)) return undefined;
    const repaired = url && !isSecure(url) ? url.origin.replace('http:', 'https:') : url?.origin;
    return {
      expected: 'an https origin such as "https://mcp.example.com" (http for this machine only)',
      fix: suggest(repaired, new RegExp(this.pattern), 'write only the scheme and host'),
      ...hideCredentials(url),
    };
  },
};

/** An address of an OpenID issuer: https unless it is loopback, without credentials and query. */
export const issuerUrl: TextFormat = {
  pattern: '^https?://[A-Za-z0-9.:\\[\\]-]+(/[A-Za-z0-9._~%/-]*)?$',
  explain(value) {
    const url = parseUrl(value);
    const isPlain = new RegExp(this.pattern).test(value);
    if (isPlain && url && isSecure(url)) return undefined;
    return {
      expected: 'an https address without a query or credentials (http for this machine only)',
      fix: isPlain ? 'write https' : 'write for example "https://login.example.com"',
      ...hideCredentials(url),
    };
  },
};

/** Text that people read; it reaches API Management policies, where {{ }} and @( @{ are active. */
export function freeText(maxLength: number): TextFormat {
  return {
    pattern:
      '^(?![\\s\\S]*(\\{\\{|\\}\\}|@\\(|@\\{|\\$\\{))' +
      `[^\\u0000-\\u001f\\u007f-\\u009f]{1,${maxLength}}$`,
    explain(value) {
      const marker = ['{{', '}}', '@(', '@{', '${'].find((text) => value.includes(text));
      if (marker !== undefined) {
        return { expected: `text without ${marker}`, fix: `remove ${marker}` };
      }
      if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\uFFFE\uFFFF]/u.test(value)) {
        return {
          expected: 'one line of text without control characters',
          fix: 'write it on one line (for a block text, use >- instead of > or |)',
        };
      }
      if (value.length >= 1 && value.length <= maxLength) return undefined;
      return {
        expected: `text of 1 to ${maxLength} characters`,
        got: `${value.length} characters`,
        fix: 'shorten it, or delete the key',
      };
    },
  };
}

function fromPattern(pattern: string, problem: (value: string) => Problem): TextFormat {
  const accepted = new RegExp(pattern, 'u');
  return { pattern, explain: (value) => (accepted.test(value) ? undefined : problem(value)) };
}

/** Completes "Fix: …" with a repaired value where that is a good one. */
export function suggest(
  candidate: string | undefined,
  accepted: RegExp,
  otherwise: string,
): string {
  return candidate !== undefined && accepted.test(candidate) ? `write "${candidate}"` : otherwise;
}

function slug(value: string): string {
  return value
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
}

/** The address in a text, if it is one. */
export function parseUrl(value: string): URL | undefined {
  return URL.canParse(value) ? new URL(value) : undefined;
}

/** https, or http to this machine, where no one can listen in (RFC 8252, 8.3). */
export function isSecure(url: URL): boolean {
  return (
    url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname))
  );
}

export function hideCredentials(url: URL | undefined): { got?: string } {
  return url && (url.username || url.password) ? { got: 'an address with credentials' } : {};
}
