// The two Entra apps of this azd environment: the servers' (a delegated scope per scope, a role per
// server) and that of public clients. They are deployed only when a server says `auth: entra`.

extension microsoftGraphV1

import { server } from 'servers.bicep'

@description('Name under which Microsoft Graph finds the app again.')
param uniqueName string
param displayName string
param servers server[]
param preAuthorizedClientIds string
param assignmentRequired bool
param serviceManagementReference string
param previousScopes string
param previousRoles string

@description('Scheme and host that clients use. Empty: the addresses of the servers do not identify the app.')
param serverOrigin string

@description('Words of entra-clients.json, separated by commas: clients that may sign in with the app for clients.')
param clients string

@description('More redirect URIs of that app, separated by commas.')
param redirectUris string

@description('Redirect URIs of Codex, one per server, separated by commas. Made by the preprovision hook.')
param codexRedirectUris string

@description('Groups that get roles, separated by commas: <group id> for all roles, <role>=<group id> for one.')
param roleGroups string

// Visual Studio Code signs in by itself, with a client of its own.
var vsCode = 'aebc6443-996d-45c2-90f0-388ff96faa56'
var clientIds = union([vsCode], map(listOf(preAuthorizedClientIds), id => toLower(id)))

var scopeNames = flatten(map(servers, one => one.scopes))
var roleNames = map(servers, one => 'mcp.${one.name}.app')

// Graph does not delete what is enabled, so what is gone is disabled in this deployment and left out
// of the next. https://github.com/microsoftgraph/msgraph-bicep-types/issues/197
var droppedScopes = filter(split(previousScopes, ','), name => !empty(name) && !contains(scopeNames, name))
var droppedRoles = filter(split(previousRoles, ','), name => !empty(name) && !contains(roleNames, name))

// What clients send as `resource` (RFC 8707). Entra compares it with these URIs character for
// character. They need no verified domain, because the app gets tokens of version 2 only.
// https://learn.microsoft.com/entra/agent-id/secure-mcp-server-with-entra-id
var serverUris = empty(serverOrigin) ? [] : map(servers, one => '${serverOrigin}${one.path}')

// azd hands over a value that was emptied as it is.
var chosen = listOf(empty(clients) ? 'loopback,vscode' : clients)
var knownRedirectUris = flatten(map(
  filter(items(loadJsonContent('entra-clients.json')), known => contains(chosen, known.key)),
  known => known.value
))
var codex = contains(chosen, 'loopback') ? listOf(codexRedirectUris) : []

// Named twice, an assignment would be made twice, which Graph refuses.
var groupRoles = union(
  [],
  flatten(map(
    listOf(roleGroups),
    entry =>
      contains(entry, '=')
        ? [{ role: split(entry, '=')[0], group: toLower(split(entry, '=')[1]) }]
        : map(roleNames, role => { role: role, group: toLower(entry) })
  ))
)

@description('The items of a list that is separated by commas.')
func listOf(text string) string[] => map(filter(split(text, ','), item => !empty(trim(item))), item => trim(item))

var scopesInForce = flatten(map(
  servers,
  one => map(one.scopes, scope => permission(uniqueName, scope, one.?title ?? one.name, true))
))
var rolesInForce = map(servers, one => appRole(uniqueName, 'mcp.${one.name}.app', one.?title ?? one.name, true))

@description('A delegated scope. Its texts are what people see when they are asked for consent; Graph takes 100 characters.')
func permission(uniqueName string, scope string, title string, isEnabled bool) object => {
  id: guid(uniqueName, scope)
  value: scope
  type: 'User'
  isEnabled: isEnabled
  adminConsentDisplayName: take('Use ${title}', 100)
  adminConsentDescription: 'Lets the client call the tools of the MCP server "${title}" for the signed-in user.'
  userConsentDisplayName: take('Use ${title}', 100)
  userConsentDescription: 'Lets the client call the tools of the MCP server "${title}" for you.'
}

@description('A role, for callers without a user and for groups.')
func appRole(uniqueName string, role string, title string, isEnabled bool) object => {
  id: guid(uniqueName, role)
  value: role
  isEnabled: isEnabled
  allowedMemberTypes: ['User', 'Application']
  displayName: take('Use ${title}', 100)
  description: 'Lets an application, or the people of a group, call the tools of the MCP server "${title}".'
}

// A second app, because Entra refuses to refresh tokens that an app has for itself (AADSTS90009). The
// platform `publicClient` needs no secret. It asks for no permissions: that would close a circle.
resource clientsApp 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: '${uniqueName}-clients'
  displayName: '${displayName}: clients'
  signInAudience: 'AzureADMyOrg'
  serviceManagementReference: empty(serviceManagementReference) ? null : serviceManagementReference
  publicClient: { redirectUris: union(knownRedirectUris, codex, listOf(redirectUris)) }
}

resource clientsPrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: clientsApp.appId
}

resource app 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: uniqueName
  displayName: displayName
  signInAudience: 'AzureADMyOrg'
  identifierUris: concat(['api://${tenant().tenantId}/${uniqueName}'], serverUris)
  serviceManagementReference: empty(serviceManagementReference) ? null : serviceManagementReference
  api: {
    requestedAccessTokenVersion: 2
    oauth2PermissionScopes: concat(
      scopesInForce,
      map(droppedScopes, scope => permission(uniqueName, scope, scope, false))
    )
    preAuthorizedApplications: map(concat(clientIds, [clientsApp.appId]), clientId => {
      appId: clientId
      delegatedPermissionIds: map(scopeNames, scope => guid(uniqueName, scope))
    })
  }
  appRoles: concat(rolesInForce, map(droppedRoles, role => appRole(uniqueName, role, role, false)))
}

resource servicePrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: app.appId
  appRoleAssignmentRequired: assignmentRequired
}

resource groupAssignments 'Microsoft.Graph/appRoleAssignedTo@v1.0' = [
  for one in groupRoles: {
    appRoleId: guid(uniqueName, one.role)
    principalId: one.group
    resourceId: servicePrincipal.id
  }
]

output clientId string = app.appId
output publicClientId string = clientsApp.appId
output servicePrincipalId string = servicePrincipal.id
output scopes string[] = scopeNames
output roles string[] = roleNames
