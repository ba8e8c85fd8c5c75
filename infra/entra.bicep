// The Entra app of this azd environment: one delegated scope per scope of a server, one application
// role per server. It is deployed only when a server says `auth: entra`.

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

@description('Host name of a gateway, verified in this directory; empty: none.')
param customDomain string

// Visual Studio Code signs in by itself, with a client of its own.
var vsCode = 'aebc6443-996d-45c2-90f0-388ff96faa56'
var clientIds = union([vsCode], map(filter(split(preAuthorizedClientIds, ','), id => !empty(trim(id))), id => trim(id)))

var scopeNames = flatten(map(servers, one => one.scopes))
var roleNames = map(servers, one => 'mcp.${one.name}.app')

// Graph does not delete what is enabled, so what is gone is disabled in this deployment and left out
// of the next. https://github.com/microsoftgraph/msgraph-bicep-types/issues/197
var droppedScopes = filter(split(previousScopes, ','), name => !empty(name) && !contains(scopeNames, name))
var droppedRoles = filter(split(previousRoles, ','), name => !empty(name) && !contains(roleNames, name))

// What clients send as `resource` (RFC 8707): Entra takes only what it knows of the app, and only below
// a domain that the directory has verified.
var serverUris = empty(customDomain) ? [] : map(servers, one => 'https://${customDomain}${one.path}')

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

@description('An application role, for callers without a user.')
func appRole(uniqueName string, role string, title string, isEnabled bool) object => {
  id: guid(uniqueName, role)
  value: role
  isEnabled: isEnabled
  allowedMemberTypes: ['Application']
  displayName: take('Use ${title}', 100)
  description: 'Lets an application call the tools of the MCP server "${title}".'
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
    preAuthorizedApplications: map(clientIds, clientId => {
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

output clientId string = app.appId
output servicePrincipalId string = servicePrincipal.id
output scopes string[] = scopeNames
output roles string[] = roleNames
