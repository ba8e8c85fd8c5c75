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
      'app: the managed identity of this app signs in to the server.',
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
      'What stands before `_` in the names of its tools and prompts. Default: the name of the member.',
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
      'For `module`. none: it runs in the thread of the host. thread: it runs in a thread of its own, with its own event ' +
        'loop, heap, globals and environment. Default: none.',
    )
    .exactOptional(),
  command: format(
    kindFormats.commandName,
    'The program that speaks MCP over its standard input and output: npx, bunx, node, dotnet, python3, uvx, a program on ' +
      'PATH, or a file relative to servers.yaml. No shell reads it. Default: none.',
  ).exactOptional(),
  args: texts('texts', 'One argument, in which ${NAME} is filled in.')
    .describe('For `command`: its arguments. Default: none.')
    .exactOptional(),
  cwd: format(
    kindFormats.workingFolder,
    'For `command`: the folder it works in, inside the folder of servers.yaml. Default: the folder of servers.yaml.',
  ).exactOptional(),
  inheritEnv: list(format(kindFormats.inheritedName, 'The name of a variable.'), 'variable names')
    .describe(
      'For `command`: variables of the host that the program gets besides HOME, PATH, LANG, TZ and the like. ' +
        'Default: none.',
    )
    .exactOptional(),
  spares: integer('programs', 0, 32)
    .describe(
      'For `command` with `instance: per-request`: started programs that wait for the next request, for each era ' +
        'that callers use. Default: 1.',
    )
    .exactOptional(),
  memoryMb: integer('MiB', 16, 65_536)
    .describe(
      'For `command`: resident memory of one program; with more it restarts. For `isolation: thread`: its heap. In MiB. ' +
        'Default: none.',
    )
    .exactOptional(),
  url: format(
    kindFormats.upstreamUrl,
    'The Streamable HTTP address of a server that runs elsewhere: https, or http on this machine. Beside `command`: the ' +
      'address of the listener of that program, http://127.0.0.1:${PORT}/mcp. Default: none.',
  ).exactOptional(),
  headers: z
    .record(
      text(kindFormats.upstreamHeader).meta({ pattern: kindFormats.upstreamHeader.pattern }),
      format(kindFormats.headerValue, 'Text, in which ${NAME} is filled in.'),
      { error: 'a map of NAME: value' },
    )
    .describe('For `url`: headers of each request to it. Default: none.')
    .exactOptional(),
  upstreamAuth: upstreamAuth
    .describe('For `url`: how this host signs in to it. Default: not at all.')
    .exactOptional(),
  proxy: flag
    .describe(
      'For `url`: true: HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the host are heeded. Default: false.',
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
    .describe('Servers of this file that are served together at this path. Default: none.')
    .exactOptional(),
  type: format(
    kindFormats.transportType,
    'As in files of clients: stdio beside `command`, http or streamable-http beside `url`. Says nothing new. Default: none.',
  ).exactOptional(),
  start: choice(['lazy', 'eager'])
    .describe(
      'For `command` and `url`. lazy: the first call starts it. eager: the host starts it. Default: lazy.',
    )
    .exactOptional(),
  era: choice(['auto', 'legacy', 'modern'])
    .describe(
      'For `command` and `url`: the protocol it speaks. legacy: revisions up to 2025-11-25. modern: 2026-07-28. ' +
        'auto: the era of each caller, where the server speaks it. Default: auto.',
    )
    .exactOptional(),
  idleTimeoutMs: integer('milliseconds', 1_000, 86_400_000)
    .describe(
      'For `command` and `url`: how long a program or a session without requests is kept, in milliseconds. ' +
        'Default: 300000 (5 minutes).',
    )
    .exactOptional(),
  onToolsChanged: choice(['warn', 'block'])
    .describe(
      'For `command` and `url`: what happens when its tools are others than in servers.lock.json. warn: the log, metrics ' +
        'and /readyz say so. block: the changed and new tools are hidden and refused, too. Default: warn for `command`, ' +
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
