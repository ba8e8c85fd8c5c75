// The official clients' own OAuth flow, from the first refusal to a tool's answer: which reach a
// server with `auth: jwt`, which reach one with `auth: entra`, and why the others fail there.

import { beforeAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../config/env.ts';
import { APP_ID, CLIENTS_APP_ID } from '../../../standins/openid-issuer/entra-apps.ts';
import {
  asksForOfflineAccess,
  OAUTH_CLIENTS,
  type OAuthClientKind,
  type OAuthClientOptions,
  signIn,
} from '../../../standins/openid-issuer/oauth-client.ts';
import { freePort } from '../../e2e/free-port.ts';
import { openHost, type TestHost } from '../start-host.ts';
import { entraVariables, guardedYaml, type Issuers, openIssuers } from './guarded-servers.ts';

let issuers: Issuers;
let host: TestHost;
let baseUrl: string;

beforeAll(async () => {
  const port = await freePort();
  baseUrl = `http://127.0.0.1:${port}`;
  issuers = await openIssuers({ baseUrl });
  host = await openHost({
    yaml: guardedYaml(issuers.plain.issuer, baseUrl),
    environment: readEnvironment({ ...entraVariables(issuers), PORT: String(port) }),
  });
  await host.app.listen({ host: '127.0.0.1', port });
  return async () => {
    await host.close();
    await issuers.stop();
  };
});

describe.each(OAUTH_CLIENTS)('%s with `auth: jwt`', (kind) => {
  it('is challenged, registers, signs in for each server, and reaches the tools of both', async () => {
    const notes = await signIn(kind, `${baseUrl}/notes/mcp`);
    expect(notes.authorizationUrl.searchParams.get('resource')).toBe(`${baseUrl}/notes/mcp`);
    expect(notes.authorizationUrl.searchParams.get('scope')).toBe('notes.read notes.write');
    expect(await notes.callTool('echo', { text: 'a' })).toBe('gamma:a');
    const caller = JSON.parse(await notes.callTool('caller'));
    expect(caller.authInfo).toMatchObject({ token: '', scopes: ['notes.read', 'notes.write'] });

    const tasks = await signIn(kind, `${baseUrl}/tasks/mcp`);
    expect(tasks.authorizationUrl.searchParams.get('resource')).toBe(`${baseUrl}/tasks/mcp`);
    expect(await tasks.callTool('echo', { text: 'b' })).toBe('alpha:b');
  });
});

interface EntraCase {
  readonly client: string;
  /** Absent: it registers itself. */
  readonly clientId?: string;
  readonly omitResource?: boolean;
  /** What the client or Entra says when it fails; absent: it reaches the tool. */
  readonly fails?: RegExp;
}

const entraCases: readonly EntraCase[] = [
  {
    client: 'a client that registers itself',
    fails: /does not support dynamic client registration/,
  },
  { client: 'a client with the id of the app for clients', clientId: CLIENTS_APP_ID },
  {
    client: 'a client that leaves `resource` out',
    clientId: CLIENTS_APP_ID,
    omitResource: true,
  },
  { client: 'a client with an unknown id', clientId: 'unknown', fails: /AADSTS700016/ },
  { client: "a client with the servers' id", clientId: APP_ID, fails: /AADSTS50011/ },
];

describe.each(OAUTH_CLIENTS)('%s with `auth: entra`', (kind: OAuthClientKind) => {
  it.each(entraCases)('$client', async ({ clientId, omitResource = false, fails }) => {
    const { issuer } = issuers.entra;
    const options: OAuthClientOptions = {
      ...(clientId && { registration: { client_id: clientId, issuer } }),
      omitResource,
    };
    const url = `${baseUrl}/weather/mcp`;
    const attempt = signIn(kind, url, options);
    if (fails) {
      await expect(attempt).rejects.toThrow(fails);
      return;
    }
    const { callTool, authorizationUrl } = await attempt;
    const { searchParams } = authorizationUrl;
    // Entra lists offline_access.
    const offline = asksForOfflineAccess(kind);
    expect(searchParams.get('scope')).toBe(`${url}/mcp.weather${offline ? ' offline_access' : ''}`);
    expect(searchParams.get('prompt')).toBe(offline ? 'consent' : null);
    expect(searchParams.get('resource')).toBe(omitResource ? null : url);
    expect(await callTool('echo', { text: 'x' })).toBe('alpha:x');
    const time = await signIn(kind, `${baseUrl}/time/mcp`, options);
    expect(await time.callTool('echo', { text: 'x' })).toBe('gamma:x');
  });
});
