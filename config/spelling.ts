// Keys as other programs spell them, and the nearest known word for a typing error.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

/**
 * Where a key is in servers.yaml: at the top, in `host`, in a server or `defaults`, or deeper.
 */
export type KeyLevel = 'top' | 'host' | 'server' | 'inner';

/** What a key of another program is called here, if anything, and what to do. */
export interface ForeignKey {
  readonly means?: string;
  readonly expected?: string;
  readonly fix: string;
}

const rename = (means: string, remark = ''): ForeignKey => ({
  means,
  fix: `write "${means}"${remark}`,
});

const TRANSPORT: ForeignKey = {
  fix: 'delete it; the host serves every server over Streamable HTTP',
};
/** A key that each client decides for itself. */
export const CLIENT_ONLY: ForeignKey = {
  fix: 'delete it; it belongs in the configuration file of the client',
};
const TOOL_FILTER = rename('tools', ': { allow: [...], deny: [...] } with exact names');
const TOKENS = rename('jwt', ': { issuer: ..., audience: ... }');
const hostVariable = (name: string): ForeignKey => ({
  fix: `set the environment variable ${name}`,
});

/**
 * Spellings of mcp.json files, proxies and gateways: lower case, without - and _.
 * They are errors rather than aliases, because Bicep reads the same file and knows only our names.
 */
const FOREIGN_KEYS: Readonly<Record<KeyLevel, ReadonlyMap<string, ForeignKey>>> = {
  top: new Map([
    ['mcpservers', rename('servers')],
    ['contextservers', rename('servers')],
    ['extensions', rename('servers')],
    ['mcp', rename('servers')],
    ['inputs', { fix: 'delete it; it belongs in .vscode/mcp.json' }],
    ['settings', rename('host')],
  ]),
  host: new Map([
    ['port', hostVariable('PORT')],
    ['host', hostVariable('HOST')],
    ['loglevel', hostVariable('LOG_LEVEL')],
    ['allowedorigins', { fix: 'write it under "defaults" or under a server' }],
    ['baseurl', rename('publicUrl')],
    ['url', rename('publicUrl')],
  ]),
  server: new Map([
    ['serverurl', rename('url')],
    ['httpurl', rename('url')],
    ['uri', rename('url')],
    ['cmd', rename('command')],
    ['requestinit', rename('headers')],
    ['httpheaders', rename('headers')],
    ['environment', rename('env')],
    ['envvars', rename('inheritEnv', ' with a list of names')],
    ['workingdirectory', rename('cwd')],
    ['envfile', { fix: 'delete it, and list its variables under "env" as NAME: ${NAME}' }],
    ['bearertokenenvvar', rename('headers', ': { authorization: "Bearer ${NAME}" }')],
    ['restartonexit', { fix: 'delete it; the host restarts a program automatically' }],
    ['maxrestarts', { fix: 'delete it; the host restarts a program automatically' }],
    ['restartdelay', { fix: 'delete it; the host restarts a program automatically' }],
    ['alwaysallow', CLIENT_ONLY],
    ['autoapprove', CLIENT_ONLY],
    ['trust', CLIENT_ONLY],
    ['gallery', CLIENT_ONLY],
    ['oauth', CLIENT_ONLY],
    ['transport', TRANSPORT],
    ['transporttype', TRANSPORT],
    ['disabled', rename('enabled', ', the other way round')],
    ['timeout', rename('timeoutMs', ', in milliseconds')],
    ['starttimeout', rename('startTimeoutMs', ', in milliseconds')],
    ['toolfilter', TOOL_FILTER],
    ['disabledtools', TOOL_FILTER],
    ['allowedtools', TOOL_FILTER],
    ['includetools', TOOL_FILTER],
    ['excludetools', TOOL_FILTER],
    ['includetags', TOOL_FILTER],
    ['source', rename('module')],
    ['entrypoint', rename('module')],
    ['main', rename('module')],
    ['package', rename('module')],
    ['route', rename('path')],
    ['cors', rename('allowedOrigins', ' with a list of origins')],
    ['origins', rename('allowedOrigins')],
    ['scope', rename('scopes', ' with a list')],
    ['audience', TOKENS],
    ['issuer', TOKENS],
    ['authorization', rename('auth')],
    ['authentication', rename('auth')],
    ['concurrency', rename('maxConcurrent')],
    ['mode', rename('instance')],
    ['name', rename('title', ', or rename the key above: it is the name')],
  ]),
  inner: new Map([
    ['window', rename('windowSeconds')],
    ['windowms', rename('windowSeconds', ', in seconds')],
    ['limit', rename('max')],
    ['include', rename('allow')],
    ['exclude', rename('deny')],
    ['audiences', rename('audience', ' with one text')],
    ['jwksuri', rename('openIdConfigUrl', ", the address of the issuer's OpenID configuration")],
  ]),
};

/** Words of other programs for what a value can be here. */
const FOREIGN_WORDS: ReadonlyMap<string, string> = new Map([
  ['none', 'anonymous'],
  ['public', 'anonymous'],
  ['open', 'anonymous'],
  ['key', 'function'],
  ['apikey', 'function'],
  ['azuread', 'entra'],
  ['aad', 'entra'],
  ['oauth', 'jwt'],
  ['oidc', 'jwt'],
  ['bearer', 'jwt'],
  ['singleton', 'shared'],
  ['stateless', 'per-request'],
]);

/** What a key of another program is called here; undefined when it is not known to be one. */
export function foreignKey(key: string, level: KeyLevel): ForeignKey | undefined {
  return FOREIGN_KEYS[level].get(bare(key));
}

/**
 * The allowed word that was probably meant: another program's word for it, or the nearest by
 * spelling.
 */
export function meantWord(written: string, allowed: readonly string[]): string | undefined {
  const foreign = FOREIGN_WORDS.get(bare(written));
  return foreign !== undefined && allowed.includes(foreign)
    ? foreign
    : nearestWord(written, allowed);
}

/**
 * The known word nearest to what was written: the same but for case, - and _, or with a third of it
 * mistyped.
 */
export function nearestWord(written: string, known: readonly string[]): string | undefined {
  const typed = bare(written);
  const ranked = known
    .map((word) => ({ word, target: bare(word) }))
    // Each letter too many or too few is an error, so most words need no comparison.
    .filter(({ target }) => Math.abs(target.length - typed.length) <= maxErrors(target))
    .map(({ word, target }) => ({ word, target, errors: editDistance(typed, target) }))
    .filter(({ target, errors }) => errors <= maxErrors(target))
    .sort((a, b) => a.errors - b.errors);
  return ranked[0]?.word;
}

function maxErrors(target: string): number {
  return Math.max(1, Math.floor(target.length / 3));
}

function bare(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** Levenshtein distance; two neighbors swapped count as one error. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const cell = (row: number, column: number): number => rows[row]?.[column] ?? row + column;
  for (let row = 1; row <= a.length; row++) {
    rows.push([row]);
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const steps = [
        cell(row - 1, column) + 1,
        cell(row, column - 1) + 1,
        cell(row - 1, column - 1) + (isSame ? 0 : 1),
      ];
      if (isSwapped) steps.push(cell(row - 2, column - 2) + 1);
      rows[row]?.push(Math.min(...steps));
    }
  }
  return cell(a.length, b.length);
}
