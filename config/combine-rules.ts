// Rules for combinations: which servers may be members, with which prefixes, and that a combination
// protects its members at least as well as they protect themselves. A server without a path can
// only be a member.

import { type Checked, placeOf, type Rule, type Violation } from './rule.ts';
import type { CombineConfig, ServerConfig } from './schema.ts';
import { hasPath } from './server-path.ts';
import { nearestWord } from './spelling.ts';

export const combineRules: readonly Rule[] = [
  refuseOddMembers,
  refuseAlikePrefixes,
  refuseWeakerAuth,
  refuseOtherIssuer,
  refuseSharedLists,
  refuseUnreachableServers,
  refuseLostScopes,
  refuseUnreadKeysWithoutPath,
];

interface Membership {
  readonly combination: CombineConfig;
  readonly name: string;
  readonly place: Pick<Violation, 'path' | 'target'>;
  /** Absent where no server of the file, or a faulty one, has the name. */
  readonly member: ServerConfig | undefined;
}

function memberships({ servers }: Checked): Membership[] {
  const byName = new Map(servers.map((server) => [server.name, server]));
  return servers
    .filter((server): server is CombineConfig => server.enabled && server.kind === 'combine')
    .flatMap((combination) =>
      Object.keys(combination.combine).map((name) => ({
        combination,
        name,
        place: { path: ['servers', combination.name, 'combine', name], target: 'key' as const },
        member: byName.get(name),
      })),
    );
}

interface KnownMembership extends Membership {
  readonly member: ServerConfig;
}

function knownMemberships(checked: Checked): KnownMembership[] {
  return memberships(checked).flatMap((each) => {
    const { member } = each;
    return member?.enabled ? [{ ...each, member }] : [];
  });
}

/** A combination of combinations would have names, limits and scopes that no one can follow. */
function refuseOddMembers(checked: Checked): Violation[] {
  return memberships(checked).flatMap(({ combination, name, place, member }) => {
    const problem = (expected: string, got: string, fix: string) => [
      { ...place, expected, got, fix },
    ];
    if (!checked.names.has(name)) {
      const nearest = nearestWord(name, [...checked.names]);
      const fix = nearest ? `write "${nearest}"` : `add servers.${name}, or delete this line`;
      return problem('a server of this file', `"${name}", which this file does not have`, fix);
    }
    if (member?.kind === 'combine') {
      const isItself = name === combination.name;
      return problem(
        'a server that is not itself a combination',
        isItself ? 'the combination itself' : `"${name}"`,
        isItself ? 'delete this line' : `list the members of "${name}" instead`,
      );
    }
    if (member && !member.enabled) {
      return problem(
        'a server that is enabled',
        `"${name}", which has "enabled: false"`,
        `delete this line, or delete "enabled: false" from servers.${name}`,
      );
    }
    return [];
  });
}

/** What stands before `_` says whose tool it is, whatever the tool is called. */
function refuseAlikePrefixes(checked: Checked): Violation[] {
  const named = memberships(checked).map((each) => {
    const { prefix = each.name } = each.combination.combine[each.name] ?? {};
    return { ...each, prefix: `${prefix}_` };
  });
  return named.flatMap(({ combination, name, prefix, place }, at) => {
    const other = named
      .slice(0, at)
      .find(
        (each) =>
          each.combination === combination &&
          (each.prefix.startsWith(prefix) || prefix.startsWith(each.prefix)),
      );
    if (!other) return [];
    const isWritten = combination.combine[name]?.prefix !== undefined;
    return [
      {
        ...place,
        ...(isWritten && { path: [...place.path, 'prefix'], target: 'value' as const }),
        expected: 'a prefix that tool names of other members cannot start with',
        got: `the prefix "${prefix}", which overlaps "${other.prefix}" of ${other.name}`,
        fix: 'give one of them a different "prefix"',
      },
    ];
  });
}

const STRENGTH = { anonymous: 0, function: 1, entra: 2, jwt: 2 } as const;

function refuseWeakerAuth(checked: Checked): Violation[] {
  return knownMemberships(checked).flatMap(({ combination, member, name }) => {
    const needsSame = STRENGTH[member.auth] === 2;
    const isEnough = needsSame
      ? combination.auth === member.auth
      : STRENGTH[combination.auth] >= STRENGTH[member.auth];
    if (isEnough) return [];
    return [
      {
        ...placeOf(combination, 'auth', checked.isWritten),
        expected: needsSame
          ? `"auth: ${member.auth}", the same as servers.${name}`
          : `"auth: ${member.auth}" or stronger, because servers.${name} uses "${member.auth}"`,
        got: `"auth: ${combination.auth}", which would let other callers reach that server`,
        fix: `write "auth: ${member.auth}", or remove "${name}" from "combine"`,
      },
    ];
  });
}

/** A token of another issuer, for somebody else, or signed by other keys, says nothing to the member. */
function refuseOtherIssuer(checked: Checked): Violation[] {
  return knownMemberships(checked).flatMap(({ combination, member, name }) => {
    if (combination.auth !== 'jwt' || member.auth !== 'jwt') return [];
    const { jwt: own } = combination;
    const { jwt: wanted } = member;
    if (!own || !wanted) return [];
    return (['issuer', 'audience', 'openIdConfigUrl'] as const)
      .filter((key) => own[key] !== wanted[key])
      .map((key) => {
        const place = placeOf(combination, 'jwt', checked.isWritten);
        const isHere = place.target === 'value' && own[key] !== undefined;
        const wantedText = wanted[key] === undefined ? 'none' : `"${wanted[key]}"`;
        return {
          ...place,
          ...(isHere && { path: [...place.path, key] }),
          expected: `the ${key} of servers.${name}: ${wantedText}`,
          got: own[key] === undefined ? 'none' : `"${own[key]}"`,
          fix: `write the same value, or remove "${name}" from "combine"`,
        };
      });
  });
}

/** What is kept for all callers must be the same for all. */
function refuseSharedLists(checked: Checked): Violation[] {
  return knownMemberships(checked).flatMap(({ combination, member, name }) => {
    if (combination.cacheScope !== 'public') return [];
    const isOpenToAll = readScopes(member).every((scope) => combination.scopes.includes(scope));
    if (member.cacheScope === 'public' && isOpenToAll) return [];
    return [
      {
        ...placeOf(combination, 'cacheScope', checked.isWritten),
        expected: '"cacheScope: private", because callers get different answers from a member',
        got: isOpenToAll
          ? `"public", but servers.${name} has "private"`
          : `"public", but servers.${name} requires scopes that the combination does not`,
        fix: isOpenToAll
          ? `write "private"; or, if every caller gets the same lists, write "cacheScope: public" at servers.${name}`
          : 'write "private"',
      },
    ];
  });
}

function readScopes({ auth, scopes }: ServerConfig): readonly string[] {
  return STRENGTH[auth] === 2 ? scopes : [];
}

function refuseUnreachableServers(checked: Checked): Violation[] {
  // A faulty entry may be the combination.
  if (checked.servers.length < checked.names.size) return [];
  const members = new Set(memberships(checked).map(({ name }) => name));
  return checked.servers
    .filter((server) => server.enabled && !hasPath(server) && !members.has(server.name))
    .map(({ name }) => ({
      path: ['servers', name, 'path'],
      expected: 'a path, because no combination uses this server',
      got: '"none", so nobody could call it',
      fix: `delete "path", or add "${name}" to "combine" of another server`,
    }));
}

/** The Entra app has no scope for a server without a path, so those of `defaults` hold at the combination. */
function refuseLostScopes(checked: Checked): Violation[] {
  return knownMemberships(checked).flatMap(({ combination, member, name }) => {
    const isWithout = member.auth === 'entra' && !hasPath(member);
    if (!isWithout || combination.auth !== 'entra') return [];
    const lost = checked.defaultScopes.filter((scope) => !combination.scopes.includes(scope));
    if (lost.length === 0) return [];
    return [
      {
        ...placeOf(combination, 'scopes', checked.isWritten),
        expected: `the scopes of "defaults", which servers.${name} requires`,
        got: `scopes without ${lost.map((scope) => `"${scope}"`).join(', ')}`,
        fix: `add the missing scopes, or give servers.${name} its own path and scopes`,
      },
    ];
  });
}

/** Who writes them believes that they hold; they are those of the combination. */
function refuseUnreadKeysWithoutPath({ servers, isWritten }: Checked): Violation[] {
  return servers
    .filter((server) => server.enabled && !hasPath(server))
    .flatMap((server) => {
      const unread = (['rateLimit', 'allowedOrigins', 'subscriptions'] as const).filter((key) =>
        isWritten(server, key),
      );
      const keys = server.auth === 'entra' && isWritten(server, 'scopes') ? ['scopes'] : [];
      return [...unread, ...keys].map((key) => ({
        path: ['servers', server.name, key],
        target: 'key' as const,
        expected: `"${key}" only on a server with a path`,
        got:
          key === 'scopes'
            ? '"path: none"; the Entra app has no scope for such a server'
            : `"path: none"; the "${key}" of the combination applies instead`,
        fix: `move "${key}" to the combination, or give the server a path`,
      }));
    });
}
