// The app registrations of a directory, read from the Microsoft.Graph/applications resources of a
// template: the loopback issuer knows no others.

export const TENANT_ID = '11111111-2222-4333-8444-555555555555';
/** The app registration of the servers. */
export const APP_ID = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';
/** That of public clients. */
export const CLIENTS_APP_ID = 'cccccccc-bbbb-4ccc-8ddd-eeeeeeeeeeee';

export type Platform = 'public' | 'web' | 'spa';

export interface EntraApp {
  readonly appId: string;
  readonly identifierUris: readonly string[];
  /** Delegated scopes that are enabled, in their short form. */
  readonly scopes: readonly string[];
  readonly redirects: Readonly<Record<Platform, readonly string[]>>;
  /** Scopes that other apps get without consent, by the id of such an app. */
  readonly preAuthorized: Readonly<Record<string, readonly string[]>>;
  readonly tokenVersion: 1 | 2;
}

/** A directory may refuse more than the others do. */
export interface DirectoryPolicy {
  /** Only what the directory has verified identifies an app, whatever the version of its tokens. */
  readonly verifiedUrisOnly?: boolean;
}

/** The properties of an app registration that matter here. */
export interface Registered {
  readonly identifierUris?: readonly string[];
  readonly publicClient?: { readonly redirectUris: readonly string[] };
  readonly api?: {
    readonly requestedAccessTokenVersion: 1 | 2;
    readonly oauth2PermissionScopes: readonly {
      readonly id: string;
      readonly value: string;
      readonly isEnabled: boolean;
    }[];
    readonly preAuthorizedApplications: readonly {
      readonly appId: string;
      readonly delegatedPermissionIds: readonly string[];
    }[];
  };
}

/**
 * The apps that a directory has after a deployment.
 * @param registrations properties of the `Microsoft.Graph/applications` resources of a template
 * @param move the origin that replaces the one in the servers' addresses. Default: they stay.
 */
export function appsOf(registrations: readonly Registered[], move?: string): EntraApp[] {
  return registrations.map((registered) => appOf(registered, move));
}

function appOf({ identifierUris = [], publicClient, api }: Registered, move?: string): EntraApp {
  const scopes = (api?.oauth2PermissionScopes ?? []).filter(({ isEnabled }) => isEnabled);
  const nameOf = (id: string) => scopes.find((scope) => scope.id === id)?.value ?? id;
  return {
    appId: publicClient ? CLIENTS_APP_ID : APP_ID,
    identifierUris: identifierUris.map((uri) => (move ? moved(uri, move) : uri)),
    scopes: scopes.map(({ value }) => value),
    redirects: { public: publicClient?.redirectUris ?? [], web: [], spa: [] },
    preAuthorized: Object.fromEntries(
      (api?.preAuthorizedApplications ?? []).map(({ appId, delegatedPermissionIds }) => [
        appId === "[reference('clientsApp').appId]" ? CLIENTS_APP_ID : appId,
        delegatedPermissionIds.map(nameOf),
      ]),
    ),
    tokenVersion: api?.requestedAccessTokenVersion ?? 2,
  };
}

function moved(uri: string, origin: string): string {
  return uri.startsWith('https:') ? origin + new URL(uri).pathname : uri;
}

/**
 * What Microsoft Graph does with registrations.
 * @throws Error with Graph's words for one that it refuses.
 */
export function register(apps: readonly EntraApp[], policy: DirectoryPolicy = {}): void {
  const known = new Set<string>();
  for (const { identifierUris, tokenVersion } of apps) {
    for (const uri of identifierUris) {
      const isOwn = uri.startsWith('api://');
      if (uri.endsWith('/')) throw new Error(`Invalid value for identifierUris: ${uri}`);
      if (known.has(uri)) throw new Error('Another object with the same value already exists.');
      if (!isOwn && policy.verifiedUrisOnly) {
        throw new Error(
          'All newly added URIs must contain a tenant verified domain, tenant ID, or app ID',
        );
      }
      if (!isOwn && tokenVersion !== 2) {
        throw new Error(
          'Values of identifierUris property must use a verified domain of the organization or its subdomain',
        );
      }
      known.add(uri);
    }
  }
}

/**
 * The platform of the registered redirect URI that one matches: for loopback, the port does not
 * count.
 */
export function platformOf(app: EntraApp, redirectUri: string): Platform | undefined {
  const wanted = withoutLoopbackPort(redirectUri);
  const platforms: readonly Platform[] = ['public', 'web', 'spa'];
  return platforms.find((platform) =>
    app.redirects[platform].some((uri) => withoutLoopbackPort(uri) === wanted),
  );
}

function withoutLoopbackPort(uri: string): string {
  return uri.replace(/^(http:\/\/(?:localhost|127\.0\.0\.1)):\d+/, '$1');
}
