// The error for a token that is valid for the server but lacks scopes for the operation.

/**
 * Thrown by a backend before the handler is reached; answered as 403 (MCP, "Authorization":
 * insufficient scope).
 */
export class ScopesNeeded extends Error {
  override readonly name = 'ScopesNeeded';
  /** What the tool, prompt or resource asks for, as tokens carry it. */
  readonly scopes: readonly string[];

  constructor(scopes: readonly string[]) {
    super('The token does not have the scopes that this operation requires.');
    this.scopes = scopes;
  }
}
