// What the error codes of Microsoft Entra mean for the sign-in to an MCP server, and how to fix
// them. Microsoft may change codes, so an unknown code is printed unchanged.
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
    meaning:
      'resource and scope belong to different apps, or the resource is not an address of the app',
    fix: 'run azd provision, which registers the addresses of the servers as identifier URIs of the Entra app; if your tenant refuses them, set ENTRA_SERVER_URIS=none, but then clients that send resource cannot sign in',
  },
  {
    codes: ['500011', '50001'],
    meaning: 'the directory has no app with this resource',
    fix: 'run azd provision; compare AZURE_TENANT_ID with the tenant of the sign-in',
  },
  {
    codes: ['650057'],
    meaning: 'the client has not registered a permission for this resource',
    fix: 'run azd provision, which pre-authorizes the clients app; if you use your own client id, add it to PRE_AUTHORIZED_CLIENT_IDS',
  },
  {
    codes: ['650053'],
    meaning: 'the scope does not exist on the resource',
    fix: 'run azd provision; the scope must begin with the address of the server',
  },
  {
    codes: ['70011', '28002', '28003', '700022', '900144'],
    meaning: 'the scope is missing, malformed, or belongs to two resources',
    fix: 'configure the client to request only the scopes of the challenge',
  },
  {
    codes: ['90009'],
    meaning: 'an app requests a token for itself',
    fix: 'use MCP_CLIENT_ID as the client id, not ENTRA_CLIENT_ID',
  },
  {
    codes: ['50011', '900971', '500113'],
    meaning: 'the redirect URI is not registered',
    fix: 'add it with azd env set ENTRA_REDIRECT_URIS, or choose the client with ENTRA_CLIENTS; then run azd provision',
  },
  {
    codes: ['700016', '70001', '7000112'],
    meaning: 'the directory does not know the client id, or it is disabled',
    fix: 'use MCP_CLIENT_ID of this environment; compare AZURE_TENANT_ID with the tenant of the sign-in',
  },
  {
    codes: ['90002', '900023'],
    meaning: 'the tenant does not exist',
    fix: 'compare AZURE_TENANT_ID with the tenant of the sign-in; in another Azure cloud, set AZURE_AUTHORITY_HOST',
  },
  {
    codes: ['7000218', '700025', '9002326', '9002327'],
    meaning: 'the redirect URI is registered under a different platform than the client needs',
    fix: 'register it under "Mobile and desktop applications" (publicClient)',
  },
  {
    codes: ['65001', '90094', '90095', '65004'],
    meaning: 'consent was not granted',
    fix: 'ask an administrator to grant consent; if users may not consent, clients that send prompt=consent fail even after consent was granted',
  },
  {
    codes: ['50105'],
    meaning: 'the user is not assigned to the app',
    fix: 'assign the user or the group, or run azd env set ENTRA_ASSIGNMENT_REQUIRED false',
  },
  {
    codes: ['50058', '50076', '50079', '53003'],
    meaning: 'the directory requires a sign-in or a second factor, or does not allow this location',
    fix: 'sign in from the client; see the sign-in log of the directory',
  },
];

/**
 * For clients that send `resource` if the addresses of the servers are not identifier URIs.
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
