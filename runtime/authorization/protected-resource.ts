// What a server that asks for tokens tells its clients: the challenge of a refusal and the metadata
// document. The only place that writes either; the gateway's policies must send the same bytes.

/** A server that asks for tokens, as its clients see it. */
export interface ProtectedResource {
  /** Origin that clients use, from configuration only; never from a request. */
  readonly baseUrl: string;
  readonly name: string;
  /** Path of the server. */
  readonly path: string;
  /** Where its clients get their tokens. */
  readonly issuer: string;
  /** What its clients must ask for, in the form in which the issuer takes it. */
  readonly scopes: readonly string[];
}

/** What clients send as `resource` (RFC 8707). */
export function addressOf({ baseUrl, path }: Pick<ProtectedResource, 'baseUrl' | 'path'>): string {
  return baseUrl + path;
}

/** RFC 6750, 3.1. */
export type ChallengeError = 'invalid_token' | 'insufficient_scope';

/**
 * RFC 9728, 3: between host and path. A document at the root would give all servers one audience.
 */
export function metadataPath(serverPath: string): string {
  return `/.well-known/oauth-protected-resource${serverPath}`;
}

/** Body of the metadata document (RFC 9728, 2). */
export function metadataDocument({ name, ...resource }: ProtectedResource): string {
  return JSON.stringify({
    resource: addressOf(resource),
    authorization_servers: [resource.issuer],
    bearer_methods_supported: ['header'],
    ...(resource.scopes.length > 0 && { scopes_supported: resource.scopes }),
    resource_name: name,
  });
}

/**
 * Value of `WWW-Authenticate` (RFC 6750, 3; RFC 9728, 5.1). Nothing in it needs an escape:
 * config/formats.ts sees to it.
 * @param error absent when no token came: then nothing was wrong yet (RFC 6750, 3.1).
 */
export function challenge(resource: ProtectedResource, error?: ChallengeError): string {
  const { baseUrl, path, scopes } = resource;
  const parameters = [
    ...(error ? [`error="${error}"`] : []),
    `resource_metadata="${baseUrl}${metadataPath(path)}"`,
    ...(scopes.length > 0 ? [`scope="${scopes.join(' ')}"`] : []),
  ];
  return `Bearer ${parameters.join(', ')}`;
}
