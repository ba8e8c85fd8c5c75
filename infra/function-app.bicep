// The Functions app: plan, app, its settings, and the two routes that say which paths need no key.

param name string
param planName string
param location string
param tags object
param identityId string
param identityClientId string
param storageBlobEndpoint string
param deploymentContainer string
param telemetryConnectionString string
param traceSamplingPercent int

@description('Subnet of network.bicep; empty: none.')
param subnetId string

param alwaysReadyInstances int
param instanceMemoryMB int
param maximumInstanceCount int

@description('true: only the ranges below may call. Deployments go to another host name and stay possible.')
param isRestricted bool

@description('Ranges of addresses, such as 192.0.2.0/24.')
param allowedRanges string[]

@description('Line of Node.js.')
param nodeVersion string = '22'

@description('Address that clients use, for documents and challenges; empty: that of the app.')
param publicBaseUrl string = ''

@description('Paths that need no key, with all below them: regular expressions without the slash at their front.')
param openPaths string[]

@description('Whether `/` itself needs no key either.')
param opensHome bool

@description('Entra app of the servers that say `auth: entra`; empty: none does.')
param entraClientId string

@description('Form in which clients ask for scopes: below the `address` of the server, or (none) below the client id.')
param entraServerUris string

@secure()
param stateKey string

@secure()
param serverEnv object

var url = 'https://${app.properties.defaultHostName}'

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    tier: 'FlexConsumption'
    name: 'FC1'
  }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  // azd finds the app of the service `mcp` by this tag.
  tags: union(tags, { 'azd-service-name': 'mcp' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      ftpsState: 'Disabled'
      minTlsVersion: '1.2'
      ipSecurityRestrictionsDefaultAction: isRestricted ? 'Deny' : 'Allow'
      ipSecurityRestrictions: map(allowedRanges, (range, index) => {
        name: 'allowed-${index}'
        ipAddress: range
        action: 'Allow'
        priority: 100 + index
      })
      scmIpSecurityRestrictionsDefaultAction: 'Allow'
      scmIpSecurityRestrictionsUseMain: false
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storageBlobEndpoint}${deploymentContainer}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'node'
        version: nodeVersion
      }
      scaleAndConcurrency: {
        alwaysReady: alwaysReadyInstances == 0 ? [] : [{ name: 'http', instanceCount: alwaysReadyInstances }]
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
      }
    }
  }
}

// Deployments and the portal use tokens: there is no password to lose.
resource noFtpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
}

resource noScmPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
}

// Two routes serve any number of servers. They are functions `http-handler1` and `http-handler2`,
// matched in this order, and their names never change, so keys stay where they are.
// `/` has no value for `path`, and without one no regular expression matches. With a default value, `/` passes as if it
// were that path; the app still gets `/`. A third route for `/` would come too late: the second one takes every path.
var homeCountsAs = opensHome ? '=healthz' : ''
var openRoute = '{*path:regex(^(${join(openPaths, '|')})(/.*)?$)${homeCountsAs}}'
var routes = 'AzureFunctionsJobHost__customHandler__http__routes__'

resource settings 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: app
  name: 'appsettings'
  properties: union(
    serverEnv,
    {
      '${routes}0__route': openRoute
      '${routes}0__authorizationLevel': 'anonymous'
      '${routes}1__route': '{*path}'
      '${routes}1__authorizationLevel': 'function'
      AzureWebJobsFeatureFlags: 'EnableMcpCustomHandlerPreview'
      AzureWebJobsStorage__blobServiceUri: storageBlobEndpoint
      AzureWebJobsStorage__clientId: identityClientId
      AzureWebJobsStorage__credential: 'managedidentity'
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
      APPLICATIONINSIGHTS_CONNECTION_STRING: telemetryConnectionString
      AZURE_CLIENT_ID: identityClientId
      MCP_HOST_STATE_KEY: stateKey
      MCP_PUBLIC_BASE_URL: empty(publicBaseUrl) ? url : publicBaseUrl
    },
    traceSamplingPercent == 100
      ? {}
      : {
          OTEL_TRACES_SAMPLER: 'traceidratio'
          OTEL_TRACES_SAMPLER_ARG: '0.${padLeft(string(traceSamplingPercent), 2, '0')}'
        },
    empty(entraClientId)
      ? {}
      : {
          AZURE_AUTHORITY_HOST: environment().authentication.loginEndpoint
          MCP_ENTRA_CLIENT_ID: entraClientId
          MCP_ENTRA_SERVER_URIS: entraServerUris
          MCP_ENTRA_TENANT_ID: tenant().tenantId
        }
  )
}

output name string = app.name
output url string = url
