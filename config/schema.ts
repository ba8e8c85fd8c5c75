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
        'true: the process refuses to start while one server cannot be loaded. ' +
          'false: that server answers 503 and the others serve. Default: false.',
      )
      .default(false),
    allowedHosts: list(format(formats.hostName, 'A host name without port.'), 'host names')
      .describe(
        'Host names that requests may carry, besides loopback names and WEBSITE_HOSTNAME. ' +
          'Protects against DNS rebinding. Default: none.',
      )
      .default([]),
    publicUrl: format(
      formats.publicUrl,
      'The origin that clients use, for example "https://mcp.example.com". ' +
        'MCP_PUBLIC_BASE_URL wins over it. Default: none.',
    ).exactOptional(),
    bufferedMb: integer('MiB', 1, 1_048_576)
      .describe(
        'What callers may make the process hold, in MiB: bodies, arguments of calls that wait, and answers that were ' +
          'not read. One server holds at most half of it; what finds no room is refused with 503. Default: a quarter of the ' +
          'heap limit of Node.',
      )
      .exactOptional(),
    childrenMemoryMb: integer('MiB', 1, 1_048_576)
      .describe(
        'Memory that all started programs together may use, in MiB (resident). When it is reached, the program that has ' +
          'been idle longest ends; when none is idle, a new client gets 503. Default: half of the memory of the machine.',
      )
      .exactOptional(),
    blockedTimeoutMs: integer('milliseconds', 1_000, 210_000)
      .describe(
        'How long a module may block its event loop, in milliseconds. With `isolation: thread` its thread ends then, ' +
          'and the server restarts. Otherwise the process ends, and a tool that did it twice within 30 minutes is refused. ' +
          'Default: 30000.',
      )
      .default(30_000),
    audit: choice(['none', 'hash', 'id'])
      .describe(
        'What the records of who called what name the caller by. hash: a keyed hash of it. id: the verified identity ' +
          'itself, which is personal data. none: no records are kept, and refusals name nobody. Default: hash.',
      )
      .default('hash'),
    pages: flag
      .describe(
        'true: a browser that opens the address of a server, or /, gets a page for people (docs/pages.md). ' +
          'false: it gets what every other GET gets. Default: true.',
      )
      .default(true),
  },
  'settings of the host',
);

const jwt = section(
  {
    issuer: format(
      formats.issuerUrl,
      'The issuer (`iss`) of the tokens, exactly as they carry it.',
    ),
    audience: format(
      formats.audienceName,
      'The audience (`aud`) a token must carry. With one audience for several servers only ' +
        '`scopes` separate them.',
    ),
    openIdConfigUrl: format(
      formats.issuerUrl,
      "The issuer's OpenID configuration. Default: the issuer followed by " +
        '/.well-known/openid-configuration.',
    ).exactOptional(),
  },
  'issuer, audience and openIdConfigUrl',
);

const rateLimit = section(
  {
    max: integer('calls', 1, 1_000_000).describe('Calls that one caller may make in a window.'),
    windowSeconds: integer('seconds', 1, 300).describe(
      'Length of the window in seconds (1 to 300).',
    ),
  },
  'max and windowSeconds',
);

const toolNames = list(
  format(formats.toolPattern, 'The name of a tool, in which * stands for any characters.'),
  'tool names',
).min(1, { error: 'a list with at least one tool name' });

const toolAnnotations = section(
  {
    readOnlyHint: flag.describe('true: the tool changes nothing.').exactOptional(),
    destructiveHint: flag
      .describe('false: what the tool changes is not lost by it.')
      .exactOptional(),
    idempotentHint: flag
      .describe('true: calling it again with the same arguments changes nothing more.')
      .exactOptional(),
    openWorldHint: flag
      .describe('false: the tool stays within a closed domain, such as its own memory.')
      .exactOptional(),
  },
  'readOnlyHint, destructiveHint, idempotentHint and openWorldHint',
);

const toolOverride = section(
  {
    name: format(
      formats.publishedToolName,
      'The name under which clients see and call the tool.',
    ).exactOptional(),
    title: format(formats.freeText(100), 'Name for people.').exactOptional(),
    description: format(
      formats.freeText(4_000),
      'What the tool does, for the model that chooses it.',
    ).exactOptional(),
    annotations: toolAnnotations
      .describe(
        'Hints for clients, added to those of the server. Clients decide by them whether to ask their user.',
      )
      .exactOptional(),
  },
  'name, title, description and annotations',
);

const tools = section(
  {
    allow: toolNames
      .describe(
        'Only these tools are listed and called, by the names that clients see. Default: all.',
      )
      .exactOptional(),
    deny: toolNames
      .describe('These tools are neither listed nor called, even when allowed. Default: none.')
      .exactOptional(),
    override: z
      .record(text(formats.toolName).meta({ pattern: formats.toolName.pattern }), toolOverride, {
        error: 'a map of tool names',
      })
      .describe(
        'What clients see instead of what the server says, by the name that the server uses. Default: none.',
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
      'Who shares a server. per-request: each request gets its own, so callers share nothing. ' +
        'per-session: each session of a client gets its own (`command` and `url` only). ' +
        'shared: one answers everybody; far cheaper, only for servers that keep nothing per caller. ' +
        'Default: per-request for modules (also the only kind that takes it from `defaults`), per-session for `command` and `url`.',
    )
    .exactOptional(),
  auth: choice(['function', 'anonymous', 'entra', 'jwt'])
    .describe(
      'Who may call. function: whoever has a key of the Functions app. anonymous: everybody. ' +
        'entra: who has a token of Microsoft Entra. jwt: who has a token of the issuer in `jwt`. Default: function.',
    )
    .default('function'),
  scopes: list(format(formats.scopeName, 'One scope.'), 'scopes')
    .describe(
      'Scopes a token must have, all of them; for entra in their short form. Default, also for an ' +
        'empty list: mcp.<name> for entra, none for jwt.',
    )
    .default([]),
  jwt: jwt.describe('Which tokens `auth: jwt` accepts. Default: none.').exactOptional(),
  timeoutMs: integer('milliseconds', 1, 210_000)
    .describe(
      'Time for one request in milliseconds; then it fails with 504. At most 210000, below the ' +
        'limits of the gateway (220 s) and of Azure (230 s). Default: 60000.',
    )
    .default(60_000),
  startTimeoutMs: integer('milliseconds', 1, 120_000)
    .describe(
      'Time to start the server in milliseconds; then it answers 503. Default: 10000 for modules, 30000 for `command` and `url`.',
    )
    .exactOptional(),
  maxBodyBytes: integer('bytes', 1, 104_857_600)
    .describe('Largest request body in bytes; a larger one is 413. Default: 4194304 (4 MiB).')
    .default(4_194_304),
  maxElements: integer('elements', 1, 10_000_000)
    .describe(
      'Most elements of a request body: members of lists and objects, and lists and objects themselves, all together; ' +
        'more are refused with 400. Default: 100000.',
    )
    .default(100_000),
  maxDepth: integer('levels', 1, 1_000)
    .describe(
      'Most levels of lists and objects within each other in a request body; more are refused with 400. Default: 64.',
    )
    .default(64),
  maxResultBytes: integer('bytes', 1, 104_857_600)
    .describe('Largest answer in bytes; a larger one fails. Default: 10485760 (10 MiB).')
    .default(10_485_760),
  maxConcurrent: integer('requests', 1, 10_000)
    .describe(
      'Requests in work at once; one more is refused with 503, none waits. In a module, handlers that go on after their deadline or cancellation count, too. Default: 100.',
    )
    .default(100),
  rateLimit: rateLimit
    .describe('Calls per caller and window; more are 429. Default: none.')
    .exactOptional(),
  ttlMs: integer('milliseconds', 0, 86_400_000)
    .describe(
      'How long clients of 2026-07-28 may keep lists and resources, in milliseconds; with `cacheScope: public` this ' +
        'host keeps lists as long. Default: 0 (not at all).',
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
      'true: clients of 2026-07-28 may listen to changes of a shared server; each listening client holds one ' +
        'invocation of the Functions app open, for 10 minutes at most. Default: false.',
    )
    .default(false),
  replay: flag
    .describe(
      'How a handler that asks its client continues in 2026-07-28. false: it waits in this process (the retry must ' +
        'reach the same instance). true: it runs again with the answers, on any instance, and so must not have effects ' +
        'before it asks. Default: false.',
    )
    .default(false),
  maxParked: integer('requests', 0, 10_000)
    .describe(
      'Most calls that wait for their clients, and streams that listen, at once and together; one more fails. They do ' +
        'not count for `maxConcurrent`. Default: 100.',
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
        'Text, in which ${NAME} and ${NAME:-default} are filled in.',
      ),
      { error: 'a map of NAME: value' },
    )
    .describe(
      'Environment variables, set before the server starts. ${NAME}, ${env:NAME} and ${NAME:-default} ' +
        'are taken from the environment of the host. Modules share one environment; each `command` ' +
        'has its own, in which ${header:x-name} is the header of the caller. Default: none.',
    )
    .default({}),
  tools: tools
    .describe(
      'Which tools are offered, and under which names and descriptions. Default: all, as the server says.',
    )
    .default({}),
};

const defaults = section(settings, 'settings for all servers');

const server = section(
  {
    ...kindKeys,
    path: format(
      formats.mountPath,
      'The path of the server. none: it is only there as a member of a combination. Default: /<name>/mcp.',
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
        'Hidden request headers that this server needs, such as x-api-key with a key of the caller for ' +
          'another service. Headers on the list of the platform are never passed: docs/hidden-headers.md. Default: none.',
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
    host: host.describe('Settings of the process as a whole.').prefault({}),
    defaults: defaults
      .describe('Settings for every server that does not have its own.')
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

/** Settings of the process as a whole. */
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

/** servers.yaml, checked, merged and frozen. */
export interface ServersConfig {
  /** Absolute path of the file. */
  readonly file: string;
  /** Its folder; `module` paths are relative to it. */
  readonly directory: string;
  readonly host: HostConfig;
  /** In file order; a disabled server is included, with `enabled: false`. */
  readonly servers: readonly ServerConfig[];
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
