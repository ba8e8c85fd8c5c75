// Rules that one key alone cannot check: between servers, and between the keys of one server.

import { combineRules } from './combine-rules.ts';
import { RESERVED_PATH, RESERVED_SEGMENTS, scopeName } from './formats.ts';
import { kindRules } from './kind-rules.ts';
import { type Checked, placeOf, type Rule, type Violation } from './rule.ts';
import type { ServerConfig } from './schema.ts';
import { hasPath } from './server-path.ts';

/** Rules that hold whatever `defaults` says. */
export const pathRules: readonly Rule[] = [refuseReservedPaths, refuseOverlappingPaths];

/** All rules; a new one is a new line. */
export const rules: readonly Rule[] = [
  ...pathRules,
  ...kindRules,
  ...combineRules,
  requireTokenIssuer,
  refuseUnreadTokenSettings,
  requireShortEntraScopes,
  refuseSharedEntraScopes,
  refuseScopesNamedAsRoles,
  refuseConflictingEnv,
  refuseDuplicateToolNames,
];

/** A written path is checked by its format; this is for the path that follows from the name. */
function refuseReservedPaths({ servers, isWritten }: Checked): Violation[] {
  return servers
    .filter((server) => !isWritten(server, 'path') && RESERVED_SEGMENTS.has(server.name))
    .map((server) => ({
      path: ['servers', server.name],
      target: 'key',
      ...RESERVED_PATH,
      got: `"${server.path}", which comes from the name of the server`,
      fix: 'rename the server, or give it a "path"',
    }));
}

/** Equal, or one a prefix of the other at a segment. Disabled servers take no path. */
function refuseOverlappingPaths({ servers, isWritten, lineOf }: Checked): Violation[] {
  return repeats(
    servers.filter((server) => server.enabled && hasPath(server)),
    (one, other) => contains(one, other) || contains(other, one),
  ).map(([server, earlier]) => {
    const line = lineOf(placeOf(earlier, 'path', isWritten));
    const other = `"${earlier.path}" of servers.${earlier.name} (line ${line})`;
    return {
      ...placeOf(server, 'path', isWritten),
      expected: 'a path that no other server uses',
      got: `"${server.path}", which overlaps ${other}`,
      fix: 'give one of them a different path',
    };
  });
}

function contains(outer: ServerConfig, inner: ServerConfig): boolean {
  return `${inner.path}/`.startsWith(`${outer.path}/`);
}

/**
 * Without issuer and audience no token can be checked, and an unchecked token would be worse than
 * none.
 */
function requireTokenIssuer({ servers, isWritten }: Checked): Violation[] {
  return servers
    .filter((server) => server.auth === 'jwt' && server.jwt === undefined)
    .map((server) => ({
      ...placeOf(server, 'auth', isWritten),
      expected: '"jwt" with an issuer and an audience, because "auth: jwt" needs them',
      got: 'none',
      fix: 'add jwt: { issuer: "https://…", audience: "…" } to the server or to defaults',
    }));
}

/** Who writes them believes that tokens are checked. */
function refuseUnreadTokenSettings({ servers, isWritten }: Checked): Violation[] {
  return servers.flatMap((server) => {
    const { auth, name } = server;
    const readsScopes = auth === 'entra' || auth === 'jwt';
    const unread = [
      ...(auth !== 'jwt' && isWritten(server, 'jwt') ? (['jwt'] as const) : []),
      ...(!readsScopes && isWritten(server, 'scopes') ? (['scopes'] as const) : []),
    ];
    return unread.map((key) => ({
      path: ['servers', name, key],
      target: 'key' as const,
      expected:
        key === 'jwt'
          ? '"jwt" only with "auth: jwt"'
          : '"scopes" only with "auth: entra" or "auth: jwt"',
      got: `"auth: ${auth}", which does not check tokens`,
      fix: `write "auth: jwt", or delete "${key}"`,
    }));
  });
}

/** Entra scopes belong to one app; its address is put in front where a client must see it. */
function requireShortEntraScopes(checked: Checked): Violation[] {
  return entraScopes(checked)
    .filter(({ scope }) => /[:/]/.test(scope))
    .map(({ scope, place, server }) => {
      const short = scope.split(/[:/]/).at(-1) ?? '';
      const isScope = scopeName.explain(short) === undefined;
      return {
        ...place,
        expected: 'an Entra scope in its short form, without : or /',
        got: `"${scope}"`,
        fix: `write "${isScope ? short : `mcp.${server.name}`}"`,
      };
    });
}

/** Scopes are what separates the servers of one Entra app. */
function refuseSharedEntraScopes(checked: Checked): Violation[] {
  const isShared = (one: EntraScope, other: EntraScope) =>
    one.scope === other.scope && one.server !== other.server;
  return repeats(entraScopes(checked), isShared).map(([{ server, scope, place }, earlier]) => {
    const line = checked.lineOf(earlier.place);
    return {
      ...place,
      expected: 'a scope that no other server with "auth: entra" has',
      got: `"${scope}", which servers.${earlier.server.name} also has (line ${line})`,
      fix: `write "mcp.${server.name}", or delete "scopes" to use the default`,
    };
  });
}

/**
 * Scopes and application roles share one namespace in Entra; the role of a server is
 * `mcp.<name>.app`.
 */
function refuseScopesNamedAsRoles(checked: Checked): Violation[] {
  const scopes = entraScopes(checked);
  const roles = new Map(scopes.map(({ server }) => [`mcp.${server.name}.app`, server.name]));
  return scopes
    .filter(({ scope }) => roles.has(scope))
    .map(({ scope, place }) => ({
      ...place,
      expected: 'a scope that is not an application role',
      got: `"${scope}", which is the role of servers.${roles.get(scope)}`,
      fix: 'choose another scope',
    }));
}

/**
 * Modules in the thread of the host share one environment, so a name can have one value only.
 * Values are never shown.
 */
function refuseConflictingEnv({ servers, isWritten, lineOf }: Checked): Violation[] {
  const variables = servers.filter(sharesEnvironment).flatMap((server) =>
    Object.entries(server.env).map(([name, value]) => {
      const path = isWritten(server, 'env')
        ? ['servers', server.name, 'env', name]
        : ['defaults', 'env', name];
      return { server, name, value, path };
    }),
  );
  return repeats(
    variables,
    (one, other) => one.name === other.name && one.value !== other.value,
  ).map(([{ path }, earlier]) => ({
    path,
    expected: 'one value for each name, because modules share one environment',
    got: `a different value than in ${earlier.path.slice(0, -2).join('.')} (line ${lineOf(earlier)})`,
    fix: 'use the same value, use two names, or set "isolation: thread"',
  }));
}

/** Clients could not tell two tools of one name apart. */
function refuseDuplicateToolNames({ servers, isWritten, lineOf }: Checked): Violation[] {
  return servers.filter(isEnabled).flatMap((server) => {
    const owner = isWritten(server, 'tools') ? ['servers', server.name] : ['defaults'];
    const renamed = Object.entries(server.tools.override ?? {}).flatMap(([own, { name }]) => {
      const path = [...owner, 'tools', 'override', own, 'name'];
      return name === undefined ? [] : [{ own, name, path }];
    });
    return repeats(renamed, (one, other) => one.name === other.name).map(
      ([{ name, path }, earlier]) => ({
        path,
        expected: 'a name that no other tool of this server has',
        got: `"${name}", which "${earlier.own}" already has (line ${lineOf(earlier)})`,
        fix: 'choose another name',
      }),
    );
  });
}

interface EntraScope {
  readonly server: ServerConfig;
  readonly scope: string;
  readonly place: Pick<Violation, 'path' | 'target'>;
}

function entraScopes({ servers, isWritten }: Checked): EntraScope[] {
  return servers
    .filter((server) => isEnabled(server) && server.auth === 'entra')
    .flatMap((server) =>
      server.scopes.map((scope, index) => {
        const { path, target } = placeOf(server, 'scopes', isWritten);
        const place = isWritten(server, 'scopes') ? { path: [...path, index] } : { path, target };
        return { server, scope, place };
      }),
    );
}

function isEnabled(server: ServerConfig): boolean {
  return server.enabled;
}

function sharesEnvironment(server: ServerConfig): boolean {
  return isEnabled(server) && server.kind === 'module' && server.isolation === 'none';
}

/**
 * Each item that clashes with an earlier one, with the first such: one message per item, however
 * many clash.
 */
function repeats<Item>(
  items: readonly Item[],
  clash: (one: Item, other: Item) => boolean,
): [Item, Item][] {
  return items.flatMap((item, index) => {
    const earlier = items.slice(0, index).find((candidate) => clash(item, candidate));
    return earlier === undefined ? [] : [[item, earlier] as [Item, Item]];
  });
}
