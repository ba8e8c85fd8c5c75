// The az commands that register a confidential client for a connector: an app, its permission for
// the server, its secret, its redirect URI.

import { assign, quote, type Shell } from './shell.ts';

export interface Registration {
  /** How people find it in the directory. */
  readonly displayName: string;
  /** The Entra app of the servers. */
  readonly resourceAppId: string;
  /** Short names of the scopes that the connector asks for. */
  readonly scopes: readonly string[];
}

/** To be run once, from top to bottom; the last one prints the secret. */
export function registrationCommands(
  { displayName, resourceAppId, scopes }: Registration,
  shell: Shell,
): string[] {
  const permissions = scopes.flatMap((scope) => [
    assign(
      shell,
      'SCOPE_ID',
      `az ad app show --id ${resourceAppId} --query "api.oauth2PermissionScopes[?value=='${scope}'].id" --output tsv`,
    ),
    `az ad app permission add --id "$CLIENT_ID" --api ${resourceAppId} --api-permissions "$SCOPE_ID=Scope"`,
  ]);
  return [
    `az ad app create --display-name ${quote(displayName)} --sign-in-audience AzureADMyOrg --output none`,
    findClient(displayName, shell),
    'az ad sp create --id "$CLIENT_ID" --output none',
    ...permissions,
    `az ad app permission grant --id "$CLIENT_ID" --api ${resourceAppId} --scope ${quote(scopes.join(' '))} --output none`,
    'az ad app credential reset --id "$CLIENT_ID" --append --display-name connector --years 1 --query password --output tsv',
  ];
}

/** Takes the place of the redirect URIs that the app had. */
export function redirectCommands(displayName: string, redirectUri: string, shell: Shell): string[] {
  return [
    findClient(displayName, shell),
    `az ad app update --id "$CLIENT_ID" --web-redirect-uris ${quote(redirectUri)}`,
  ];
}

function findClient(displayName: string, shell: Shell): string {
  const command = `az ad app list --filter "displayName eq '${displayName}'" --query "[0].appId" --output tsv`;
  return assign(shell, 'CLIENT_ID', command);
}
