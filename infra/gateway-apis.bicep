// What API Management serves: an API per server at the path of the server, and one with the
// documents that say where tokens come from, one with the registry, and one with the page that lists the servers.
// Policies are in gateway-policies.bicep.

import { hasHome, hasRegistry, servers, tokenServers } from 'servers.bicep'
import {
  homePolicyText
  metadataPolicies
  registryPolicyText
  serverPolicies
  withScopeHome
} from 'gateway-policies.bicep'

param gatewayName string

@description('Address that clients use, without a slash at its end.')
param gatewayUrl string

@description('Address of the app, without a slash at its end.')
param appUrl string

@description('Entra app of the servers that say `auth: entra`; empty: none does.')
param entraClientId string

@description('Ranges of addresses that may call; empty: all.')
param callerRanges string[]

@description('Whether the addresses of the servers identify that app, so that scopes stand below them.')
param usesServerUris bool

@secure()
param gatewayKey string

var usesKey = !empty(tokenServers)
// Without the slash at its end: the policy wants a host, with or without https.
var loginEndpoint = join(take(split(environment().authentication.loginEndpoint, '/'), 3), '/')

// The element knows no ranges in the form of 192.0.2.0/24.
var ranges = map(callerRanges, range => parseCidr(range))
var ipFilter = empty(ranges)
  ? ''
  : '<ip-filter action="allow">${join(map(ranges, range => '<address-range from="${range.network}" to="${range.broadcast}" />'), '')}</ip-filter>'

// API Management takes one change after the other, so each kind of resource waits for the one before.

resource service 'Microsoft.ApiManagement/service@2024-05-01' existing = {
  name: gatewayName
}

// The same key is set at the app by a hook: an app without code refuses keys, and the first
// deployment of code comes after this one. https://github.com/Azure/azure-functions-host/issues/11379
resource functionKey 'Microsoft.ApiManagement/service/namedValues@2024-05-01' = if (usesKey) {
  parent: service
  name: 'mcp-function-key'
  properties: {
    displayName: 'mcp-function-key'
    secret: true
    value: gatewayKey
  }
}

var addresses = concat(
  usesKey ? [{ name: 'mcp-gateway-url', value: gatewayUrl }] : [],
  empty(filter(tokenServers, one => one.auth == 'entra'))
    ? []
    : [
        { name: 'mcp-audience', value: entraClientId }
        { name: 'mcp-issuer', value: '${loginEndpoint}/${tenant().tenantId}/v2.0' }
        { name: 'mcp-login-endpoint', value: loginEndpoint }
        { name: 'mcp-tenant-id', value: tenant().tenantId }
      ]
)

@batchSize(1)
resource namedValues 'Microsoft.ApiManagement/service/namedValues@2024-05-01' = [
  for address in addresses: {
    parent: service
    name: address.name
    dependsOn: [functionKey]
    properties: {
      displayName: address.name
      secret: false
      value: address.value
    }
  }
]

@batchSize(1)
resource apis 'Microsoft.ApiManagement/service/apis@2024-05-01' = [
  for one in servers: {
    parent: service
    name: 'mcp-${one.name}'
    dependsOn: [namedValues]
    properties: {
      displayName: 'mcp-${one.name}'
      description: one.?description ?? one.?title ?? 'An MCP server'
      path: substring(one.path, 1)
      protocols: ['https']
      serviceUrl: '${appUrl}${one.path}'
      subscriptionRequired: false
    }
  }
]

var operations = flatten(map(
  range(0, length(servers)),
  index => map(['get', 'post', 'delete'], method => { index: index, method: method })
))

@batchSize(1)
resource apiOperations 'Microsoft.ApiManagement/service/apis/operations@2024-05-01' = [
  for operation in operations: {
    parent: apis[operation.index]
    name: 'mcp-${operation.method}'
    properties: {
      displayName: toUpper(operation.method)
      method: toUpper(operation.method)
      urlTemplate: '/'
    }
  }
]

@batchSize(1)
resource apiPolicies 'Microsoft.ApiManagement/service/apis/policies@2024-05-01' = [
  for (one, index) in servers: {
    parent: apis[index]
    name: 'policy'
    dependsOn: [apiOperations]
    properties: {
      format: 'xml'
      value: replace(withScopeHome(serverPolicies[one.name], one.path, usesServerUris), '$(ALLOWED)', ipFilter)
    }
  }
]

// The host answers, preflights too: it knows the versions of the servers, and its CORS headers are
// those that readers of registries ask for.
resource registryApi 'Microsoft.ApiManagement/service/apis@2024-05-01' = if (hasRegistry) {
  parent: service
  name: 'registry'
  dependsOn: [apiPolicies]
  properties: {
    displayName: 'registry'
    description: 'The MCP servers as a registry'
    path: 'v0.1/servers'
    protocols: ['https']
    serviceUrl: '${appUrl}/v0.1/servers'
    subscriptionRequired: false
  }
}

var registryOperations = !hasRegistry
  ? []
  : [
      { name: 'list', method: 'GET', urlTemplate: '/' }
      { name: 'list-preflight', method: 'OPTIONS', urlTemplate: '/' }
      { name: 'one', method: 'GET', urlTemplate: '/*' }
      { name: 'one-preflight', method: 'OPTIONS', urlTemplate: '/*' }
    ]

@batchSize(1)
resource registryApiOperations 'Microsoft.ApiManagement/service/apis/operations@2024-05-01' = [
  for operation in registryOperations: {
    parent: registryApi
    name: operation.name
    properties: {
      displayName: operation.name
      method: operation.method
      urlTemplate: operation.urlTemplate
    }
  }
]

resource registryPolicy 'Microsoft.ApiManagement/service/apis/policies@2024-05-01' = if (hasRegistry) {
  parent: registryApi
  name: 'policy'
  dependsOn: [registryApiOperations]
  properties: {
    format: 'xml'
    value: replace(registryPolicyText, '$(ALLOWED)', ipFilter)
  }
}

// The list of the servers. One API may have no path; requests below the paths of the others go to those.
resource homeApi 'Microsoft.ApiManagement/service/apis@2024-05-01' = if (hasHome) {
  parent: service
  name: 'pages'
  dependsOn: [apiPolicies, registryPolicy]
  properties: {
    displayName: 'pages'
    description: 'The list of the MCP servers, for browsers'
    path: ''
    protocols: ['https']
    serviceUrl: appUrl
    subscriptionRequired: false
  }
}

@batchSize(1)
resource homeOperations 'Microsoft.ApiManagement/service/apis/operations@2024-05-01' = [
  for method in (hasHome ? ['GET', 'HEAD'] : []): {
    parent: homeApi
    name: 'list-${toLower(method)}'
    properties: {
      displayName: method
      method: method
      urlTemplate: '/'
    }
  }
]

resource homePolicy 'Microsoft.ApiManagement/service/apis/policies@2024-05-01' = if (hasHome) {
  parent: homeApi
  name: 'policy'
  dependsOn: [homeOperations]
  properties: {
    format: 'xml'
    value: replace(homePolicyText, '$(ALLOWED)', ipFilter)
  }
}

resource metadataApi 'Microsoft.ApiManagement/service/apis@2024-05-01' = if (usesKey) {
  parent: service
  name: 'protected-resource-metadata'
  dependsOn: [apiPolicies, homePolicy, registryPolicy]
  properties: {
    displayName: 'protected-resource-metadata'
    description: 'Where clients of each server get their tokens (RFC 9728)'
    path: '.well-known/oauth-protected-resource'
    protocols: ['https']
    serviceUrl: '${appUrl}/.well-known/oauth-protected-resource'
    subscriptionRequired: false
  }
}

@batchSize(1)
resource metadataOperations 'Microsoft.ApiManagement/service/apis/operations@2024-05-01' = [
  for one in tokenServers: {
    parent: metadataApi
    name: one.name
    properties: {
      displayName: one.name
      method: 'GET'
      urlTemplate: one.path
    }
  }
]

@batchSize(1)
resource metadataOperationPolicies 'Microsoft.ApiManagement/service/apis/operations/policies@2024-05-01' = [
  for (one, index) in tokenServers: {
    parent: metadataOperations[index]
    name: 'policy'
    properties: {
      format: 'xml'
      value: replace(withScopeHome(metadataPolicies[one.name], one.path, usesServerUris), '$(ALLOWED)', ipFilter)
    }
  }
]
