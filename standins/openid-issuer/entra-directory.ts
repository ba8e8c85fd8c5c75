// What Microsoft Entra decides about a request: which app a scope belongs to, whether `resource`
// fits it, who may sign in with what consent. Where Microsoft's pages say nothing, and reports
// disagree, there is a strict variant.

import { type EntraApp, type Platform, platformOf } from './entra-apps.ts';
import { type Grant, OAuthFault } from './sign-in.ts';

/** Who signs in. */
export interface Person {
  /** May agree to what an app asks for. */
  readonly mayConsent: boolean;
  /** Is assigned to the servers' app, where that is needed. */
  readonly isAssigned: boolean;
}

export interface Variant {
  /** A scope must stand below `resource` itself, not only below another URI of the same app. */
  readonly strictScopes?: boolean;
  /** A refresh without `scope` is refused. */
  readonly refreshNeedsScope?: boolean;
}

/** What a request may ask for, once it was looked at. */
interface Asked {
  readonly app: EntraApp;
  readonly scopes: readonly string[];
}

/** Scopes that Entra knows itself. */
export const OPENID_SCOPES = ['openid', 'profile', 'email', 'offline_access'];

const ERRORS: Readonly<Record<string, [string, string]>> = {
  50011: ['invalid_request', 'The redirect URI specified in the request does not match.'],
  50105: ['access_denied', 'The signed in user is not assigned to a role for the application.'],
  65001: [
    'consent_required',
    'The user or administrator has not consented to use the application.',
  ],
  70011: ['invalid_scope', 'The provided value for the input parameter scope is not valid.'],
  90009: ['invalid_request', 'Application is requesting a token for itself. Use the GUID form.'],
  90094: ['access_denied', 'The grant requires admin permission.'],
  500011: ['invalid_resource', 'The resource principal was not found in the tenant.'],
  650053: ['invalid_client', 'The application asked for a scope that does not exist.'],
  700016: ['unauthorized_client', 'Application was not found in the directory.'],
  700022: ['invalid_scope', 'The scope contains more than one resource.'],
  700025: ['invalid_client', 'Client is public so no client_secret should be presented.'],
  900144: ['invalid_request', "The request body must contain the following parameter: 'scope'."],
  7000218: ['invalid_client', 'The request body must contain client_assertion or client_secret.'],
  9002327: ['invalid_request', 'Tokens issued for a single-page application need cross-origin.'],
  9010010: ['invalid_target', "The resource parameter doesn't match with the requested scopes."],
};

/** @param redirectUri where the browser goes with it; absent: a page, or the answer itself. */
function fault(code: number, redirectUri?: string): OAuthFault {
  const [error, text] = ERRORS[code] as [string, string];
  return new OAuthFault(error, `AADSTS${code}: ${text}`, redirectUri, code);
}

export class EntraDirectory {
  readonly #apps: readonly EntraApp[];
  readonly #person: Person;
  readonly #variant: Variant;

  constructor(
    apps: readonly EntraApp[],
    person: Person = { mayConsent: true, isAssigned: true },
    variant: Variant = {},
  ) {
    this.#apps = apps;
    this.#person = person;
    this.#variant = variant;
  }

  /**
   * Before anybody signs in. @throws OAuthFault that is a page: an unknown address gets nothing.
   */
  identify(clientId: string, redirectUri: string): Platform {
    const app = this.#find(clientId);
    if (!app) throw fault(700016);
    const platform = platformOf(app, redirectUri);
    if (platform === undefined) throw fault(50011);
    return platform;
  }

  /** @throws OAuthFault that is told by redirect, the last ones after sign-in. */
  authorize({ clientId, scopes, resource, redirectUri }: Grant, prompt: string | null): void {
    const asked = this.#asked(scopes, resource, redirectUri);
    const granted = asked.app.preAuthorized[clientId] ?? [];
    const isGranted = asked.scopes.every((scope) => granted.includes(scope));
    const { isAssigned, mayConsent } = this.#person;
    if (!isAssigned) throw fault(50105, redirectUri);
    if (mayConsent) return;
    if (prompt === 'consent') throw fault(90094, redirectUri);
    if (!isGranted) throw fault(65001, redirectUri);
  }

  /**
   * How a client proves itself follows from the platform of its redirect URI. @throws OAuthFault
   */
  exchange(grant: Grant, form: URLSearchParams, origin: string | undefined): void {
    const platform = this.identify(grant.clientId, grant.redirectUri);
    const hasSecret = form.has('client_secret') || form.has('client_assertion');
    if (platform === 'web' && !hasSecret) throw fault(7000218);
    if (platform === 'spa' && origin === undefined) throw fault(9002327);
    if (platform === 'public' && hasSecret) throw fault(700025);
    this.#asked(grant.scopes, form.get('resource') ?? undefined);
  }

  /** @throws OAuthFault. @returns the grant with what this refresh asks for. */
  refresh(grant: Grant, form: URLSearchParams): Grant {
    const scope = form.get('scope');
    const resource = form.get('resource') ?? undefined;
    if (scope === null && this.#variant.refreshNeedsScope) throw fault(9010010);
    const scopes = scope?.split(' ').filter(Boolean) ?? grant.scopes;
    const { app } = this.#asked(scopes, resource);
    const isOwn = app.appId === grant.clientId;
    const isByUri = scopes.some((each) => each.includes('/') && !each.startsWith(grant.clientId));
    if (isOwn && (scope === null || isByUri)) throw fault(90009);
    return { ...grant, scopes, resource };
  }

  /** The short form of what a token is for. */
  shortScopes({ scopes }: Grant): {
    readonly audience: string;
    readonly scopes: readonly string[];
  } {
    const { app, scopes: short } = this.#asked(scopes, undefined);
    return { audience: app.appId, scopes: short };
  }

  #find(id: string): EntraApp | undefined {
    return this.#apps.find((app) => app.appId === id || app.identifierUris.includes(id));
  }

  /** The one app that all scopes belong to. */
  #asked(scopes: readonly string[], resource: string | undefined, redirectUri?: string): Asked {
    if (scopes.length === 0) throw fault(900144, redirectUri);
    const own = scopes.filter((scope) => !OPENID_SCOPES.includes(scope)).map(partsOf);
    const target = resource === undefined ? undefined : this.#find(resource);
    // Without `resource` Entra would issue a token of Microsoft Graph, which is worth nothing here.
    if (own.length === 0) throw fault(resource === undefined ? 70011 : 9010010, redirectUri);
    if (own.some(({ of }) => of === '')) {
      throw fault(resource === undefined ? 650053 : 9010010, redirectUri);
    }
    const apps = own.map(({ of }) => this.#find(of));
    const [app] = apps;
    if (!app) throw fault(resource === undefined ? 500011 : 9010010, redirectUri);
    if (apps.some((each) => each !== app)) throw fault(700022, redirectUri);
    if (resource !== undefined) {
      const isBelow = own.every(({ of }) => of === resource);
      if (target !== app || (this.#variant.strictScopes && !isBelow)) {
        throw fault(9010010, redirectUri);
      }
    }
    const names = own.map(({ name }) => name);
    if (!names.every((name) => app.scopes.includes(name))) throw fault(650053, redirectUri);
    return { app, scopes: names };
  }
}

/** Entra splits a scope at its last slash; one without a slash is a scope of Microsoft Graph. */
function partsOf(scope: string): { readonly of: string; readonly name: string } {
  const slash = scope.lastIndexOf('/');
  return { of: scope.slice(0, Math.max(slash, 0)), name: scope.slice(slash + 1) };
}
