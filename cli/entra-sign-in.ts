// Reads the sign-in settings for Entra from the outputs of a deployment, for client entries that
// need them.

import type { ClientEntry } from '../clients/client-entries.ts';
import type { ServerConfig } from '../config/schema.ts';
import { findAzdValue } from './azd-environment.ts';

/** Entries, and the client id in them when the outputs of the deployment are whole. */
export interface SignInEntries {
  readonly entries: readonly ClientEntry[];
  readonly clientId?: string;
}

/**
 * Adds client id and scopes to the entries of `auth: entra` servers.
 * @param note called when the outputs are not there
 */
export function addSignIn(
  entries: readonly ClientEntry[],
  servers: readonly ServerConfig[],
  note: (line: string) => void,
): SignInEntries {
  const entra = new Map(
    servers.filter(({ auth }) => auth === 'entra').map((server) => [server.name, server]),
  );
  const isNeeded = entries.some(({ name }) => entra.has(name));
  const clientId = findAzdValue('MCP_CLIENT_ID');
  if (clientId === undefined) {
    if (isNeeded) {
      note(
        'The azd environment has no MCP_CLIENT_ID, so the entries contain no client id, and each client must use its own. ' +
          'Fix: update infra/ to this version, then run azd provision',
      );
    }
    return { entries };
  }
  if (!isNeeded) return { entries, clientId };
  // A directory that refuses addresses as identifiers knows scopes by the id of the servers' app.
  const usesId = findAzdValue('ENTRA_SERVER_URIS') === 'none';
  const appId = usesId ? findAzdValue('ENTRA_CLIENT_ID') : undefined;
  if (usesId && appId === undefined) {
    note(
      'The azd environment has ENTRA_SERVER_URIS=none but no ENTRA_CLIENT_ID, which is the first part of the scopes. So the entries ' +
        'contain neither a client id nor scopes. Fix: azd provision',
    );
    return { entries };
  }
  const deployed = deployedScopes();
  const withSignIn = entries.map((entry) => {
    const server = entra.get(entry.name);
    if (server === undefined) return entry;
    const scopes = (deployed.get(server.name) ?? server.scopes).map((scope) =>
      scope.includes('/') ? scope : `${appId ?? entry.url}/${scope}`,
    );
    return { ...entry, signIn: { clientId, scopes } };
  });
  return { entries: withSignIn, clientId };
}

/** The output is the list of servers of the last deployment; one of another form is not used. */
function deployedScopes(): ReadonlyMap<string, readonly string[]> {
  try {
    const list: unknown = JSON.parse(findAzdValue('MCP_SERVERS') ?? '[]');
    const servers = (Array.isArray(list) ? list : []) as Partial<ServerConfig>[];
    return new Map(
      servers.flatMap(({ name, scopes }) =>
        typeof name === 'string' && Array.isArray(scopes) && scopes.length > 0
          ? [[name, scopes.map(String)] as const]
          : [],
      ),
    );
  } catch {
    return new Map();
  }
}
