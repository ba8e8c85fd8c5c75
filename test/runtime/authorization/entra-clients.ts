// Clients of a server with `auth: entra`: which get on with Entra, and why the others do not. docs/authorization.md
// shows the same table.

/** A client id that an administrator of the directory gave out. */
export const PRE_REGISTERED = 'cccccccc-bbbb-4ccc-8ddd-eeeeeeeeeeee';

export interface EntraClient {
  /** As the documentation names it. */
  readonly client: string;
  /** Absent: it registers itself. */
  readonly clientId?: string;
  readonly omitResource?: boolean;
  /** What the client or Entra says when it fails; absent: it reaches the tool. */
  readonly fails?: RegExp;
}

export const ENTRA_CLIENTS: readonly EntraClient[] = [
  {
    client: "registers itself: the official SDKs' default",
    fails: /does not support dynamic client registration/,
  },
  {
    client: 'has a client id, and sends resource',
    clientId: PRE_REGISTERED,
    fails: /AADSTS9010010/,
  },
  {
    client: 'has a client id that the directory does not know',
    clientId: 'unknown',
    omitResource: true,
    fails: /AADSTS700016/,
  },
  {
    client: 'has a client id, and sends no resource',
    clientId: PRE_REGISTERED,
    omitResource: true,
  },
];
