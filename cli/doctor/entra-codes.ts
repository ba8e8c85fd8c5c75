// What the error codes of Microsoft Entra mean for the sign-in to an MCP server, and what to
// change. Microsoft may change numbers, so an unknown one is told as it is.
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes

interface Meaning {
  readonly codes: readonly string[];
  readonly meaning: string;
  readonly fix: string;
}

/** docs/doctor.md shows the same table. */
export const ENTRA_CODES: readonly Meaning[] = [
  {
    codes: ['9010010', '901002'],
    meaning: 'resource and scope are not of one app, or the resource is no address that it has',
    fix: 'run azd provision, so that the addresses of the servers are identifier URIs of the Entra app; a tenant that refuses them has ENTRA_SERVER_URIS=none, and clients that send resource cannot sign in there',
  },
  {
    codes: ['500011', '50001'],
    meaning: 'the directory knows no app with this resource',
    fix: 'run azd provision; compare AZURE_TENANT_ID with the tenant of the sign-in',
  },
  {
    codes: ['650057'],
    meaning: 'the client has not registered a permission for this resource',
    fix: 'run azd provision, which pre-authorizes the clients app; a client id of your own belongs into PRE_AUTHORIZED_CLIENT_IDS',
  },
  {
    codes: ['650053'],
    meaning: 'the scope does not exist on the resource',
    fix: 'run azd provision; the scope must begin with the address of the server',
  },
  {
    codes: ['70011', '28002', '28003', '700022', '900144'],
    meaning: 'the scope is missing, malformed, or of two resources',
    fix: 'let the client ask for the scopes of the challenge only',
  },
  {
    codes: ['90009'],
    meaning: 'an app asks for a token for itself',
    fix: 'use MCP_CLIENT_ID as the client id, not ENTRA_CLIENT_ID',
  },
  {
    codes: ['50011', '900971', '500113'],
    meaning: 'the redirect URI is not registered',
    fix: 'add it with azd env set ENTRA_REDIRECT_URIS, or choose the client with ENTRA_CLIENTS; then azd provision',
  },
  {
    codes: ['700016', '70001', '7000112'],
    meaning: 'the directory does not know the client id, or it is disabled',
    fix: 'use MCP_CLIENT_ID of this environment; compare AZURE_TENANT_ID with the tenant of the sign-in',
  },
  {
    codes: ['90002', '900023'],
    meaning: 'there is no such tenant',
    fix: 'compare AZURE_TENANT_ID with the tenant of the sign-in; another cloud needs AZURE_AUTHORITY_HOST',
  },
  {
    codes: ['7000218', '700025', '9002326', '9002327'],
    meaning: 'the redirect URI stands on another platform than the client needs',
    fix: 'register it under "Mobile and desktop applications" (publicClient)',
  },
  {
    codes: ['65001', '90094', '90095', '65004'],
    meaning: 'consent is missing',
    fix: 'let an administrator grant it; where users may not consent, clients that send prompt=consent fail although it is granted',
  },
  {
    codes: ['50105'],
    meaning: 'the user is not assigned to the app',
    fix: 'assign the user or the group, or azd env set ENTRA_ASSIGNMENT_REQUIRED false',
  },
  {
    codes: ['50058', '50076', '50079', '53003'],
    meaning: 'the directory wants a sign-in, a second factor, or forbids this place',
    fix: 'sign in within the client; see the sign-in log of the directory',
  },
];

/**
 * Said to clients that send `resource` where the addresses of the servers are no identifier URIs.
 */
export const RESOURCE_CODES: readonly string[] = ['9010010', '901002', '500011', '50001'];

const byCode = new Map(ENTRA_CODES.flatMap((entry) => entry.codes.map((code) => [code, entry])));

/** The number after `AADSTS` in a text of Entra. */
export function findEntraCode(text: string): string | undefined {
  return /AADSTS(\d{4,8})/.exec(text)?.[1];
}

/** @returns undefined for a code that this table does not have */
export function explainEntraCode(code: string): { meaning: string; fix: string } | undefined {
  return byCode.get(code);
}
