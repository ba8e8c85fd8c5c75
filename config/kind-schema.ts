// The keys that say of which kind a server is, and those that one kind alone has.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

import { z } from 'zod';
import * as formats from './formats.ts';
import * as kindFormats from './kind-formats.ts';
import { choice, flag, format, integer, list, section, text } from './schema-parts.ts';

const upstreamAuth = section(
  {
    as: format(
      kindFormats.upstreamIdentity,
      'app: this host signs in with the managed identity of the app.',
    ),
    audience: format(
      formats.audienceName,
      'The audience of the token: the application ID URI or client id of the server.',
    ),
  },
  'as and audience',
);

const member = section(
  {
    prefix: format(
      kindFormats.toolPrefix,
      'The prefix of its tool and prompt names, before `_`. Default: the name of the member.',
    ).exactOptional(),
  },
  'prefix',
);

const texts = (of: string, description: string) =>
  list(format(formats.environmentValue, description), of);

/** In the order of the documentation. */
export const kindKeys = {
  module: format(
    formats.moduleSpecifier,
    'The code: a .ts, .js or .mjs file or a folder, relative to servers.yaml (./ or ../), ' +
      'or a package. Default: none.',
  ).exactOptional(),
  isolation: choice(['none', 'thread'])
    .describe(
      'For `module`. none: it runs in the thread of the host. thread: it runs in a separate thread, with its own event ' +
        'loop, heap, globals and environment. Default: none.',
    )
    .exactOptional(),
  command: format(
    kindFormats.commandName,
    'A program that speaks MCP over standard input and output: npx, bunx, node, dotnet, python3, uvx, a program on ' +
      'PATH, or a file relative to servers.yaml. It runs without a shell. Default: none.',
  ).exactOptional(),
  args: texts('texts', 'One argument. ${NAME} is replaced by the value of the variable.')
    .describe('For `command`: the arguments of the program. Default: none.')
    .exactOptional(),
  cwd: format(
    kindFormats.workingFolder,
    'For `command`: its working folder, inside the folder of servers.yaml. Default: the folder of servers.yaml.',
  ).exactOptional(),
  inheritEnv: list(format(kindFormats.inheritedName, 'The name of a variable.'), 'variable names')
    .describe(
      'For `command`: environment variables of the host that the program gets in addition to HOME, PATH, LANG, TZ and similar ones. ' +
        'Default: none.',
    )
    .exactOptional(),
  spares: integer('programs', 0, 32)
    .describe(
      'For `command` with `instance: per-request`: how many started programs wait for the next request, for each era ' +
        'that callers use. Default: 1.',
    )
    .exactOptional(),
  memoryMb: integer('MiB', 16, 65_536)
    .describe(
      'For `command`: the resident memory that one program may use before it is restarted. For `isolation: thread`: the heap of the thread. In MiB. ' +
        'Default: none.',
    )
    .exactOptional(),
  url: format(
    kindFormats.upstreamUrl,
    'The Streamable HTTP address of a server that runs elsewhere: https, or http on this machine. With `command`: the ' +
      'address on which that program listens, http://127.0.0.1:${PORT}/mcp. Default: none.',
  ).exactOptional(),
  headers: z
    .record(
      text(kindFormats.upstreamHeader).meta({ pattern: kindFormats.upstreamHeader.pattern }),
      format(kindFormats.headerValue, 'Text. ${NAME} is replaced by the value of the variable.'),
      { error: 'a map of NAME: value' },
    )
    .describe('For `url`: headers that the host adds to each request to the server. Default: none.')
    .exactOptional(),
  upstreamAuth: upstreamAuth
    .describe('For `url`: how this host signs in to the server. Default: it does not sign in.')
    .exactOptional(),
  proxy: flag
    .describe(
      'For `url`: true: the host uses its HTTPS_PROXY, HTTP_PROXY and NO_PROXY. Default: false.',
    )
    .exactOptional(),
  combine: z
    .record(text(formats.serverName).meta({ pattern: formats.serverName.pattern }), member, {
      error: 'a map of servers of this file',
    })
    .refine((members) => Object.keys(members).length > 0, {
      error: 'at least one server of this file',
      params: { got: 'none', fix: 'write combine: { <name of a server>: {} }' },
    })
    .describe('Servers of this file that are combined at this path. Default: none.')
    .exactOptional(),
  type: format(
    kindFormats.transportType,
    'The transport, as in client files: stdio for `command`, http or streamable-http for `url`. It has no effect. Default: none.',
  ).exactOptional(),
  start: choice(['lazy', 'eager'])
    .describe(
      'For `command` and `url`. lazy: it starts with the first call. eager: it starts with the host. Default: lazy.',
    )
    .exactOptional(),
  era: choice(['auto', 'legacy', 'modern'])
    .describe(
      'For `command` and `url`: the protocol of the server. legacy: revisions up to 2025-11-25. modern: 2026-07-28. ' +
        'auto: the era of each caller, if the server supports it. Default: auto.',
    )
    .exactOptional(),
  idleTimeoutMs: integer('milliseconds', 1_000, 86_400_000)
    .describe(
      'For `command` and `url`: how long a program or session stays open without requests, in milliseconds. ' +
        'Default: 300000 (5 minutes).',
    )
    .exactOptional(),
  onToolsChanged: choice(['warn', 'block'])
    .describe(
      'For `command` and `url`: what happens when its tools differ from servers.lock.json. warn: the log, metrics ' +
        'and /readyz report it. block: changed and new tools are also hidden and refused. Default: warn for `command`, ' +
        'block for `url`.',
    )
    .exactOptional(),
};

export type KindKeys = typeof kindKeys;

export const KINDS = ['module', 'command', 'url', 'combine'] as const;

export type Kind = (typeof KINDS)[number];

/** The kind of an entry; `command` beside `url` is a program with its own listener. */
export function kindOf(written: Partial<Record<Kind, unknown>>): Kind | undefined {
  return KINDS.find((kind) => written[kind] !== undefined);
}
