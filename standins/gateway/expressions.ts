// The only C# expressions that our policies may have, and what they mean. The types and members are
// those of https://learn.microsoft.com/azure/api-management/api-management-policy-expressions.

/** What expressions look at. */
export interface Context {
  readonly request: {
    /** Comma-separated values, or undefined when the header is not there. */
    header(name: string): string | undefined;
    /** The first value of a parameter, whose name is compared without regard to case. */
    query(name: string): string | undefined;
    readonly ipAddress: string;
    readonly method: string;
  };
  readonly variables: Map<string, unknown>;
  readonly response:
    | { readonly status: number; header(name: string): string | undefined }
    | undefined;
  readonly lastError: { readonly reason: string } | undefined;
}

/** A token that was validated, as policies see it. */
export interface Jwt {
  readonly subject: string | undefined;
  readonly claims: ReadonlyMap<string, readonly string[]>;
}

type Meaning = (context: Context, name: string) => unknown;

const jwtOf = ({ variables }: Context) => variables.get('jwt') as Jwt;
const claimOf = (context: Context, claim: string) =>
  jwtOf(context).claims.get(claim)?.join(',') ?? '';

const acceptOf = ({ request }: Context) => (request.header('accept') ?? '').toLowerCase();

/** By the text of the expression, in which the name of a server stands as `*`. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  'context.LastError.Reason == "Timeout"': ({ lastError }) => lastError?.reason === 'Timeout',
  'context.LastError.Reason == "BackendConnectionFailure"': ({ lastError }) =>
    lastError?.reason === 'BackendConnectionFailure',
  'context.Response != null && context.Response.StatusCode == 429': ({ response }) =>
    response?.status === 429,
  'context.Response != null && context.Response.StatusCode == 401': ({ response }) =>
    response?.status === 401,
  'context.Response != null && context.Response.StatusCode == 403 && context.LastError.Reason != "CallerIpNotAllowed"':
    ({ response, lastError }) =>
      response?.status === 403 && lastError?.reason !== 'CallerIpNotAllowed',
  'context.Response.StatusCode == 401 && !context.Response.Headers.ContainsKey("WWW-Authenticate")':
    ({ response }) => response?.status === 401 && response.header('www-authenticate') === undefined,
  'context.Response != null && context.Response.StatusCode == 401 && (context.Request.Headers.GetValueOrDefault("Authorization", "") + " ").StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)':
    ({ request, response }) =>
      response?.status === 401 &&
      `${request.header('authorization') ?? ''} `.toLowerCase().startsWith('bearer '),
  '((Jwt)context.Variables["jwt"]).Claims.ContainsKey("scp")': (context) =>
    jwtOf(context).claims.has('scp'),
  'Convert.ToString(context.Variables.GetValueOrDefault<object>("retryAfter", 1))': ({
    variables,
  }) => String(variables.get('retryAfter') ?? 1),
  '"address * " + context.Request.IpAddress': ({ request }, name) =>
    `address ${name} ${request.ipAddress}`,
  '"registry " + context.Request.IpAddress': ({ request }) => `registry ${request.ipAddress}`,
  '"pages " + context.Request.IpAddress': ({ request }) => `pages ${request.ipAddress}`,
  '!(context.Request.Method == "GET" && !context.Request.Headers.ContainsKey("Authorization") && context.Request.Headers.GetValueOrDefault("Accept", "").ToLowerInvariant().Contains("text/html") && !context.Request.Headers.GetValueOrDefault("Accept", "").ToLowerInvariant().Contains("text/event-stream"))':
    (context) => {
      const { method, header } = context.request;
      const accept = acceptOf(context);
      const isPage = accept.includes('text/html') && !accept.includes('text/event-stream');
      return !(method === 'GET' && header('authorization') === undefined && isPage);
    },
  '"caller * " + context.Request.Headers.GetValueOrDefault("x-functions-key", context.Request.Url.Query.FirstOrDefault(one => one.Key.Equals("code", StringComparison.OrdinalIgnoreCase)).Value?.FirstOrDefault() ?? "").Split(\',\')[0].ToLowerInvariant()':
    ({ request }, name) => {
      const key = request.header('x-functions-key') ?? request.query('code') ?? '';
      return `caller ${name} ${key.split(',')[0]?.toLowerCase()}`;
    },
  '"caller * " + (((Jwt)context.Variables["jwt"]).Subject ?? ((Jwt)context.Variables["jwt"]).Claims.GetValueOrDefault("azp", ""))':
    (context, name) => `caller ${name} ${jwtOf(context).subject ?? claimOf(context, 'azp')}`,
  '"caller * " + (((Jwt)context.Variables["jwt"]).Subject ?? ((Jwt)context.Variables["jwt"]).Claims.GetValueOrDefault("client_id", ""))':
    (context, name) => `caller ${name} ${jwtOf(context).subject ?? claimOf(context, 'client_id')}`,
};

/**
 * Whether a text of a policy is an expression:
 * https://learn.microsoft.com/azure/api-management/api-management-policy-expressions#syntax
 */
export function isExpression(text: string): boolean {
  return /@[({]/.test(text);
}

/** @throws for an expression that is not on the list. */
export function evaluate(text: string, context: Context): unknown {
  if (!isExpression(text)) return text;
  const [, inner = ''] = /^@\((.*)\)$/s.exec(text) ?? [];
  const [, kind, name = ''] = /^"(address|caller) ([a-z][a-z0-9-]{0,55}) "/.exec(inner) ?? [];
  const meaning = MEANINGS[kind ? inner.replace(` ${name} `, ' * ') : inner];
  if (!meaning) throw new Error(`No such expression is known: ${text}`);
  return meaning(context, name);
}

/** Whether an expression is on the list. */
export function isKnown(text: string): boolean {
  const known = Object.keys(MEANINGS);
  const [, inner = ''] = /^@\((.*)\)$/s.exec(text) ?? [];
  return known.includes(inner.replace(/^"(address|caller) [a-z][a-z0-9-]{0,55} "/, '"$1 * "'));
}
