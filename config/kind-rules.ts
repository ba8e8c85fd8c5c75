// Rules between the keys of one kind of server: which keys exclude each other, and which keys need
// another.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

import { textsOf } from './entry-texts.ts';
import { isSecure, parseUrl } from './formats.ts';
import { isHidden } from './hidden-headers.ts';
import { KINDS } from './kind-schema.ts';
import { KINDS_OF_KEY } from './kinds.ts';
import { referencedHeaders, referencedNames, replaceReferences } from './references.ts';
import type { Checked, Rule, Violation } from './rule.ts';
import type { CommandConfig, ServerConfig } from './schema.ts';

export const kindRules: readonly Rule[] = [
  refuseSecondKind,
  refuseKeysOfOtherKinds,
  refuseOtherTransport,
  refuseInstances,
  refuseListenerAddress,
  refusePortReferences,
  refuseHeaderReferences,
  refuseSparesUnused,
  refuseMemoryUnused,
  refuseTwoCredentials,
];

function written(server: ServerConfig, key: string, problem: Omit<Violation, 'path'>): Violation {
  return { path: ['servers', server.name, key], ...problem };
}

function isWrittenKey(checked: Checked, server: ServerConfig, key: string): boolean {
  return checked.isWritten(server, key as keyof ServerConfig);
}

/** `command` with `url` is one kind: a program with its own listener. */
function refuseSecondKind(checked: Checked): Violation[] {
  return checked.servers.flatMap((server) =>
    KINDS.filter((kind) => kind !== server.kind && isWrittenKey(checked, server, kind))
      .filter((kind) => !(server.kind === 'command' && kind === 'url'))
      .map((kind) =>
        written(server, kind, {
          target: 'key',
          expected: 'only one of "module", "command", "url" and "combine"',
          got: `both "${server.kind}" and "${kind}"`,
          fix: 'delete one of them',
        }),
      ),
  );
}

function refuseKeysOfOtherKinds(checked: Checked): Violation[] {
  return checked.servers.flatMap((server) =>
    Object.entries(KINDS_OF_KEY)
      .filter(([key, kinds]) => !kinds.includes(server.kind) && isWrittenKey(checked, server, key))
      .map(([key, kinds]) =>
        written(server, key, {
          target: 'key',
          expected: `"${key}" only on a server with ${kinds.map((kind) => `"${kind}"`).join(' or ')}`,
          got: `"${server.kind}"`,
          fix: 'delete the key',
        }),
      ),
  );
}

/** As in files of clients; it may say nothing else than the kind does. */
function refuseOtherTransport(checked: Checked): Violation[] {
  return checked.servers.flatMap((server) => {
    const type = checked.typeOf(server);
    const isOutside = server.kind === 'command' || server.kind === 'url';
    if (type === undefined || !isOutside) return [];
    const isPiped = server.kind === 'command' && server.url === undefined;
    if ((type === 'stdio') === isPiped) return [];
    return [
      written(server, 'type', {
        expected: isPiped ? 'stdio for "command"' : 'http or streamable-http for "url"',
        fix: isPiped ? 'write "stdio", or give the server a "url"' : 'write "http"',
      }),
    ];
  });
}

function refuseInstances({ servers, isWritten }: Checked): Violation[] {
  return servers
    .filter((server) => server.kind === 'module' && (server.instance as string) === 'per-session')
    .map((server) => ({
      path: isWritten(server, 'instance')
        ? ['servers', server.name, 'instance']
        : ['defaults', 'instance'],
      expected: 'per-request or shared, because a module has no sessions',
      fix: 'write per-request; or write shared if the module stores nothing per caller',
    }));
}

/** Stands for the port that the host will pick. */
const PORT = '54321';

/** The host picks the port, so the address must say where it goes; no one else may reach it. */
function refuseListenerAddress({ servers }: Checked): Violation[] {
  return servers.filter(hasListener).flatMap((server) => {
    // No variable but PORT may stand where it could lead elsewhere.
    const url = parseUrl(replaceReferences(server.url, (name) => (name === 'PORT' ? PORT : 'x')));
    const isOwn = url?.protocol === 'http:' && isSecure(url) && url.port === PORT;
    if (isOwn && referencedNames(server.url).includes('PORT')) return [];
    return [
      written(server, 'url', {
        expected: 'the address on which this program listens, with ${PORT} as its port',
        fix: 'write "http://127.0.0.1:${PORT}/mcp", or delete "command" if the server runs elsewhere',
      }),
    ];
  });
}

/** `PORT` of the host is its own port: what a program gets without a listener would be that. */
function refusePortReferences({ servers }: Checked): Violation[] {
  return servers
    .filter((server) => server.kind !== 'module' && !hasListener(server))
    .flatMap((server) =>
      textsOf(server)
        .filter(({ text }) => referencedNames(text).includes('PORT'))
        .map(({ path }) => ({
          path: ['servers', server.name, ...path],
          expected: 'no ${PORT}, because that is the port of this host',
          got: '${PORT}',
          fix: 'if the program listens on a port, add url: "http://127.0.0.1:${PORT}/mcp"',
        })),
    );
}

/** A program that is started for one caller can get that caller's own key, and no other can. */
function refuseHeaderReferences({ servers }: Checked): Violation[] {
  return servers.flatMap((server) =>
    textsOf(server).flatMap(({ path, text }) =>
      referencedHeaders(text).flatMap((header) => {
        const problem = headerProblem(server, path[0] === 'env', header);
        return problem ? [{ path: ['servers', server.name, ...path], ...problem }] : [];
      }),
    ),
  );
}

function headerProblem(
  server: ServerConfig,
  isEnv: boolean,
  header: string,
): Omit<Violation, 'path'> | undefined {
  const got = `\${header:${header}}`;
  if (!isEnv || server.kind !== 'command' || server.url !== undefined) {
    return {
      expected:
        'no header of the caller; only "env" of a program that speaks MCP over standard input can use one',
      got,
      fix: 'write ${NAME}, where NAME is a variable of the host',
    };
  }
  if (server.instance === 'shared') {
    return {
      expected:
        'no header of the caller, because with "instance: shared" all callers use one program',
      got,
      fix: 'delete "instance", or write "instance: per-request" or "instance: per-session"',
    };
  }
  if (!isHidden(header, [])) return undefined;
  return {
    expected: 'a header that the host does not hide (docs/hidden-headers.md)',
    got,
    fix: 'let clients send the value in a separate header, such as "x-github-token"',
  };
}

function refuseSparesUnused(checked: Checked): Violation[] {
  return checked.servers
    .filter((server) => server.kind === 'command' && isWrittenKey(checked, server, 'spares'))
    .filter((server) => server.instance !== 'per-request' || hasListener(server))
    .map((server) =>
      written(server, 'spares', {
        target: 'key',
        expected: '"spares" only with "instance: per-request"',
        got: hasListener(server)
          ? 'a program that listens on a port'
          : `"instance: ${server.instance}"`,
        fix: 'delete the key',
      }),
    );
}

function refuseMemoryUnused(checked: Checked): Violation[] {
  return checked.servers
    .filter((server) => server.kind === 'module' && server.isolation === 'none')
    .filter((server) => isWrittenKey(checked, server, 'memoryMb'))
    .map((server) =>
      written(server, 'memoryMb', {
        target: 'key',
        expected: '"memoryMb" only with "isolation: thread"',
        got: 'a module in the thread of the host, whose memory cannot be measured separately',
        fix: 'write "isolation: thread", or delete the key',
      }),
    );
}

function hasListener(server: ServerConfig): server is CommandConfig & { readonly url: string } {
  return server.kind === 'command' && server.url !== undefined;
}

/** `upstreamAuth` writes the header that the other one would be in. */
function refuseTwoCredentials({ servers }: Checked): Violation[] {
  return servers.flatMap((server) => {
    if (server.kind !== 'url' || !server.upstreamAuth) return [];
    const name = Object.keys(server.headers).find((each) => /^authorization$/i.test(each));
    if (name === undefined) return [];
    return [
      {
        path: ['servers', server.name, 'headers', name],
        target: 'key',
        expected: 'only one way to sign in: "upstreamAuth" or this header',
        got: 'both',
        fix: 'delete one of them',
      },
    ];
  });
}
