// The shape of servers.yaml: every key with its type, unit, default and documentation. Defaults
// live here only. Editors read the JSON Schema made from this file; Bicep reads servers.yaml
// itself, so each key has one type.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

import { z } from 'zod';
import { callerOrigin } from './caller-origin.ts';
import * as formats from './formats.ts';
import { passedHeader } from './hidden-headers.ts';
import { type KindKeys, kindKeys, kindOf } from './kind-schema.ts';
import { choice, flag, format, integer, list, section, text } from './schema-parts.ts';

const host = section(
  {
    strict: flag
      .describe(
        'true: the host does not start if a server cannot be loaded. ' +
          'false: that server answers 503 and the others serve. Default: false.',
      )
      .default(false),
    allowedHosts: list(format(formats.hostName, 'A host name without port.'), 'host names')
      .describe(
        'Host names that requests may use, in addition to loopback names and WEBSITE_HOSTNAME. ' +
          'Protects against DNS rebinding. Default: none.',
      )
      .default([]),
    publicUrl: format(
      formats.publicUrl,
      'The origin that clients use, for example "https://mcp.example.com". ' +
        'MCP_PUBLIC_BASE_URL overrides it. Default: none.',
    ).exactOptional(),
    bufferedMb: integer('MiB', 1, 1_048_576)
      .describe(
        'Memory that requests may use in the process, in MiB: request bodies, arguments of waiting calls, and unread ' +
          'answers. One server may use at most half of it. Requests that exceed it are refused with 503. Default: a quarter of the ' +
          'heap limit of Node.',
      )
      .exactOptional(),
    childrenMemoryMb: integer('MiB', 1, 1_048_576)
      .describe(
        'Resident memory that all started programs together may use, in MiB. When it is reached, the program that has ' +
          'been idle longest is stopped. If none is idle, a new client gets 503. Default: half of the memory of the machine.',
      )
      .exactOptional(),
    blockedTimeoutMs: integer('milliseconds', 1_000, 210_000)
      .describe(
        'How long a module may block its event loop, in milliseconds. With `isolation: thread`, its thread is then ended ' +
          'and the server restarts. Otherwise the process ends, and a tool that blocked twice within 30 minutes is refused. ' +
          'Below 3000, a long burst of requests can look like a blocked loop, and `mcp-host check` warns. Default: 30000.',
      )
      .default(30_000),
    audit: choice(['none', 'hash', 'id'])
      .describe(
        'How call records name the caller. hash: a keyed hash of the identity. id: the verified identity ' +
          'itself, which is personal data. none: no records are kept, and refusals name no caller. Default: hash.',
      )
      .default('hash'),
    pages: flag
      .describe(
        'true: a browser that opens the address of a server, or /, gets a web page (docs/pages.md). ' +
          'false: it gets the same answer as any other GET request. Default: true.',
      )
      .default(true),
    registry: flag
      .describe(
        'true: everybody may read /v0.1/servers, the list of the servers as a registry of MCP servers, which lists of ' +
          'allowed servers need (docs/registry.md). It names servers of every `auth`. Default: false.',
      )
      .default(false),
    serverCards: flag
      .describe(
        'A draft of MCP, which may change. true: everybody may read the card of each server at <path>/server-card, and ' +
          'the catalog at /.well-known/ai-catalog.json (docs/registry.md). Not behind API Management. Default: false.',
      )
      .default(false),
  },
  'settings of the host',
);

const jwt = section(
  {
    issuer: format(formats.issuerUrl, 'The issuer of the tokens, exactly as in their `iss` claim.'),
    audience: format(
      formats.audienceName,
      'The audience (`aud`) that a token must have. If several servers use one audience, only ' +
        '`scopes` separate them.',
    ),
    openIdConfigUrl: format(
      formats.issuerUrl,
      "The address of the issuer's OpenID configuration. Default: the issuer followed by " +
        '/.well-known/openid-configuration.',
    ).exactOptional(),
  },
  'issuer, audience and openIdConfigUrl',
);

const rateLimit = section(
  {
    max: integer('calls', 1, 1_000_000).describe(
      'The number of calls that one caller may make in a window.',
    ),
    windowSeconds: integer('seconds', 1, 300).describe(
      'Length of the window in seconds (1 to 300).',
    ),
  },
  'max and windowSeconds',
);

const toolNames = list(
  format(formats.toolPattern, 'The name of a tool, with * for any characters.'),
  'tool names',
).min(1, { error: 'a list with at least one tool name' });

const toolAnnotations = section(
  {
    readOnlyHint: flag.describe('true: the tool changes nothing.').exactOptional(),
    destructiveHint: flag
      .describe('false: the tool only adds; it does not delete or overwrite.')
      .exactOptional(),
    idempotentHint: flag
      .describe('true: calling the tool again with the same arguments has no further effect.')
      .exactOptional(),
    openWorldHint: flag
      .describe('false: the tool works within a closed domain, such as its own memory.')
      .exactOptional(),
  },
  'readOnlyHint, destructiveHint, idempotentHint and openWorldHint',
);

const toolOverride = section(
  {
    name: format(
      formats.publishedToolName,
      'The name that clients see and use to call the tool.',
    ).exactOptional(),
    title: format(formats.freeText(100), 'Name for people.').exactOptional(),
    description: format(
      formats.freeText(4_000),
      'What the tool does, written for the model that chooses it.',
    ).exactOptional(),
    annotations: toolAnnotations
      .describe(
        'Hints for clients, added to those of the server. Clients use them to decide whether to ask the user before a call.',
      )
      .exactOptional(),
  },
  'name, title, description and annotations',
);

const tools = section(
  {
    allow: toolNames
      .describe(
        'Only these tools can be listed and called. Use the names that clients see. Default: all.',
      )
      .exactOptional(),
    deny: toolNames
      .describe(
        'These tools cannot be listed or called, even if `allow` names them. Default: none.',
      )
      .exactOptional(),
    override: z
      .record(text(formats.toolName).meta({ pattern: formats.toolName.pattern }), toolOverride, {
        error: 'a map of tool names',
      })
      .describe(
        'Names, descriptions and hints that replace those of the server. The keys are the names that the server uses. Default: none.',
      )
      .exactOptional(),
  },
  'allow, deny and override',
);

/** Keys that `defaults` and each server share. A server's key replaces the default whole. */
const settings = {
  enabled: flag
    .describe('false: the server is not loaded, not mounted and not deployed. Default: true.')
    .default(true),
  export: format(
    formats.exportName,
    'The export of the module to use. Default: createServer, else the default export.',
  ).exactOptional(),
  instance: choice(['per-request', 'per-session', 'shared'])
    .describe(
      'Who shares an instance of the server. per-request: each request gets its own, so callers share nothing. ' +
        'per-session: each client session gets its own (`command` and `url` only). ' +
        'shared: one instance answers all callers; much cheaper, but only for servers that store nothing per caller. ' +
        'Default: per-request for modules, per-session for `command` and `url`. Only modules take it from `defaults`.',
    )
    .exactOptional(),
  auth: choice(['function', 'anonymous', 'entra', 'jwt'])
    .describe(
      'Who may call. function: callers with a key of the Functions app. anonymous: everyone. ' +
        'entra: callers with a Microsoft Entra token. jwt: callers with a token of the issuer in `jwt`. Default: function.',
    )
    .default('function'),
  scopes: list(format(formats.scopeName, 'One scope.'), 'scopes')
    .describe(
      'Scopes that a token must have, all of them. For entra, use the short form. Default, also for an ' +
        'empty list: mcp.<name> for entra, none for jwt.',
    )
    .default([]),
  jwt: jwt.describe('The tokens that `auth: jwt` accepts. Default: none.').exactOptional(),
  timeoutMs: integer('milliseconds', 1, 210_000)
    .describe(
      'Time limit of one request in milliseconds. After it, the request fails with 504. At most 210000, which is below the ' +
        'limits of the gateway (220 s) and of Azure (230 s). Default: 60000.',
    )
    .default(60_000),
  startTimeoutMs: integer('milliseconds', 1, 120_000)
    .describe(
      'Time limit for the start of the server in milliseconds. After it, the server answers 503. Default: 10000 for modules, 30000 for `command` and `url`.',
    )
    .exactOptional(),
  maxBodyBytes: integer('bytes', 1, 104_857_600)
    .describe(
      'Largest request body in bytes. A larger body is refused with 413. Default: 4194304 (4 MiB).',
    )
    .default(4_194_304),
  maxElements: integer('elements', 1, 10_000_000)
    .describe(
      'Maximum number of elements in a request body, counting members of lists and objects, and the lists and objects themselves; ' +
        'more are refused with 400. Default: 100000.',
    )
    .default(100_000),
  maxDepth: integer('levels', 1, 1_000)
    .describe(
      'Maximum number of nested levels of lists and objects in a request body; more are refused with 400. Default: 64.',
    )
    .default(64),
  maxResultBytes: integer('bytes', 1, 104_857_600)
    .describe('Largest answer in bytes. A larger answer fails. Default: 10485760 (10 MiB).')
    .default(10_485_760),
  maxConcurrent: integer('requests', 1, 10_000)
    .describe(
      'Maximum number of concurrent requests. Further requests are refused with 503; they do not wait. In a module, handlers that continue after their deadline or cancellation also count. Default: 100.',
    )
    .default(100),
  rateLimit: rateLimit
    .describe(
      'Maximum number of calls per caller and window; more are refused with 429. Default: none.',
    )
    .exactOptional(),
  ttlMs: integer('milliseconds', 0, 86_400_000)
    .describe(
      'How long clients of 2026-07-28 may cache lists and resources, in milliseconds. With `cacheScope: public`, this ' +
        'host also caches lists for that time. Default: 0 (no caching).',
    )
    .default(0),
  cacheScope: choice(['private', 'public'])
    .describe(
      'private: an answer is for its caller only. public: lists and resources are the same for every caller. ' +
        'Default: private.',
    )
    .default('private'),
  subscriptions: flag
    .describe(
      'true: clients of 2026-07-28 may listen to changes of a shared server. Each listening client keeps one ' +
        'invocation of the Functions app open, for 10 minutes at most. Default: false.',
    )
    .default(false),
  replay: flag
    .describe(
      'How a handler continues in 2026-07-28 after it asked its client. false: it waits in this process (the retry must ' +
        'reach the same instance). true: it runs again with the answers, on any instance, so it must not have effects ' +
        'before it asks. Default: false.',
    )
    .default(false),
  maxParked: integer('requests', 0, 10_000)
    .describe(
      'Maximum number of calls that wait for their clients and of listening streams, together; further ones fail. They do ' +
        'not count toward `maxConcurrent`. 0: tools cannot ask their clients, and no client can listen for changes. ' +
        'Default: 100.',
    )
    .default(100),
  inputTimeoutMs: integer('milliseconds', 1, 3_600_000)
    .describe(
      'How long a client may take to answer a question, in milliseconds. Default: 300000 (5 minutes).',
    )
    .default(300_000),
  allowedOrigins: list(format(callerOrigin, 'One origin.'), 'origins')
    .describe(
      'Origins of web pages, apps and browser extensions that may call, such as https://app.example or ' +
        'chrome-extension://<id>. Requests without Origin always pass; loopback origins pass outside ' +
        'Azure. Default: none.',
    )
    .default([]),
  env: z
    .record(
      text(formats.environmentName).meta({ pattern: formats.environmentName.pattern }),
      format(
        formats.environmentValue,
        'Text. ${NAME} and ${NAME:-default} are replaced by the value of the variable.',
      ),
      { error: 'a map of NAME: value' },
    )
    .describe(
      'Environment variables that are set before the server starts. ${NAME}, ${env:NAME} and ${NAME:-default} ' +
        'are taken from the environment of the host. Modules share one environment; each `command` ' +
        'has its own, in which ${header:x-name} is a request header of the caller. Default: none.',
    )
    .default({}),
  registry: flag
    .describe(
      'Whether the registry and the server cards of `host` list the server, and the page at / for visitors from ' +
        'elsewhere. true: yes, and `check` does not warn that its name becomes public. false: no. Default: listed.',
    )
    .exactOptional(),
  tools: tools
    .describe(
      'Which tools clients see, and with which names and descriptions. Default: all tools, unchanged.',
    )
    .default({}),
};

const defaults = section(settings, 'settings for all servers');

const server = section(
  {
    ...kindKeys,
    path: format(
      formats.mountPath,
      'The path of the server. none: it can be called only as a member of a combination. Default: /<name>/mcp.',
    ).exactOptional(),
    title: format(
      formats.freeText(100),
      'Name for people, at most 100 characters. Default: none.',
    ).exactOptional(),
    description: format(
      formats.freeText(1_000),
      'What the server is for, at most 1000 characters. Default: none.',
    ).exactOptional(),
    passHeaders: list(format(passedHeader, 'The name of one request header.'), 'header names')
      .describe(
        'Hidden request headers that are passed to this server, such as x-api-key with a key of the caller for ' +
          'another service. Headers that the platform reserves are never passed: docs/hidden-headers.md. Default: none.',
      )
      .exactOptional(),
    ...withoutDefaults(settings),
  },
  'settings of a server',
).check((context) => {
  if (kindOf(context.value) !== undefined) return;
  const message = 'or "command", "url" or "combine"';
  const params = { fix: 'add one of them' };
  context.issues.push({ code: 'custom', path: ['module'], input: undefined, message, params });
});

/** The parts of the file, each checked on its own, so that a fault in one hides none in another. */
export const parts = { host, defaults, server };

/** The whole file as a person writes it. */
export const fileSchema = section(
  {
    host: host.describe('Settings of the whole process.').prefault({}),
    defaults: defaults
      .describe('Settings for every server that does not set them itself.')
      .prefault({}),
    servers: z
      .record(text(formats.serverName).meta({ pattern: formats.serverName.pattern }), server, {
        error: 'a map of servers, each under its name',
      })
      .refine((servers) => Object.keys(servers).length > 0, {
        error: 'at least one server',
        params: { got: 'none', fix: 'write the name of a server, and its "module" below it' },
      })
      .meta({
        minProperties: 1,
        description: 'The servers, each under its name: ^[a-z][a-z0-9-]{0,55}$.',
      }),
  },
  'host, defaults and servers',
);

type Frozen<Value> = Value extends object
  ? { readonly [Key in keyof Value]: Frozen<Value[Key]> }
  : Value;

/** Settings that a server takes from `defaults` where it has none of its own. */
export type ServerSettings = z.output<typeof defaults>;

/** A server as written: an absent key means "as in defaults". */
export type WrittenServer = z.output<typeof server>;

/** Settings of the whole process. */
export type HostConfig = Frozen<z.output<typeof host>>;

/** What servers of every kind have. `env` stays as written until the server starts. */
type AnyServer = Frozen<
  Omit<WrittenServer, keyof ServerSettings | keyof KindKeys | 'path'> &
    Omit<ServerSettings, 'export' | 'instance' | 'startTimeoutMs'> & {
      name: string;
      path: string;
      startTimeoutMs: number;
    }
>;

type Instance = NonNullable<ServerSettings['instance']>;

/** Settings of servers outside this process: programs and servers elsewhere. */
interface OutsideSettings {
  readonly instance: Instance;
  readonly start: 'lazy' | 'eager';
  readonly era: 'auto' | 'legacy' | 'modern';
  readonly idleTimeoutMs: number;
  readonly onToolsChanged: 'warn' | 'block';
}

/** Code on an official SDK, in this process or in a thread of it. */
export type ModuleConfig = AnyServer & {
  readonly kind: 'module';
  readonly module: string;
  readonly export?: string;
  readonly instance: 'per-request' | 'shared';
  readonly isolation: 'none' | 'thread';
  /** Heap of the thread, MiB. */
  readonly memoryMb?: number;
};

/** A program that this host starts. */
export type CommandConfig = AnyServer &
  OutsideSettings & {
    readonly kind: 'command';
    readonly command: string;
    readonly args: readonly string[];
    readonly cwd?: string;
    readonly inheritEnv: readonly string[];
    /** Started and initialized programs that wait for the next request. */
    readonly spares: number;
    /** Resident memory of one program, MiB. */
    readonly memoryMb?: number;
    /** Present when the program has a listener of its own: its address, with `${PORT}`. */
    readonly url?: string;
    readonly headers: Readonly<Record<string, string>>;
  };

/** A server that runs elsewhere. */
export type UrlConfig = AnyServer &
  OutsideSettings & {
    readonly kind: 'url';
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly upstreamAuth?: Frozen<NonNullable<WrittenServer['upstreamAuth']>>;
    readonly proxy: boolean;
  };

/** Several servers of this file behind one path. */
export type CombineConfig = AnyServer & {
  readonly kind: 'combine';
  readonly combine: Frozen<NonNullable<WrittenServer['combine']>>;
  readonly instance: 'shared';
};

/** One server with every default filled in. */
export type ServerConfig = ModuleConfig | CommandConfig | UrlConfig | CombineConfig;

/** servers.lock.json as the build has checked it. */
export interface CheckedLock {
  /** Of the whole text of the file. */
  readonly digest: string;
  /** Whether it is of another entry than the one in servers.yaml, by the name of the server. */
  readonly isStale: Readonly<Record<string, boolean>>;
}

/** servers.yaml, checked, merged and frozen. */
export interface ServersConfig {
  /** Absolute path of the file. */
  readonly file: string;
  /** Its folder; `module` paths are relative to it. */
  readonly directory: string;
  readonly host: HostConfig;
  /** In file order; a disabled server is included, with `enabled: false`. */
  readonly servers: readonly ServerConfig[];
  /** Absent where servers.yaml was read now, and where there was no lock file. */
  readonly checkedLock?: CheckedLock;
}

type Written<Shape> = {
  [Key in keyof Shape]: Shape[Key] extends z.ZodDefault<infer Inner>
    ? z.ZodExactOptional<Inner>
    : Shape[Key];
};

/** In a server an absent key means "as in defaults", so its schema must not fill it in. */
function withoutDefaults<Shape extends z.ZodRawShape>(shape: Shape): Written<Shape> {
  const entries = Object.entries(shape).map(([key, value]) => [
    key,
    value instanceof z.ZodDefault ? z.exactOptional(value.unwrap() as z.ZodType) : value,
  ]);
  // The compiler cannot follow Object.fromEntries; the mapped type says what the loop does.
  return Object.fromEntries(entries) as Written<Shape>;
}
