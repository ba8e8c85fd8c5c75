// API Management itself: the service, the name it is reached by, and what it tells Application
// Insights. Its APIs are in gateway-apis.bicep: they need the app, and the app needs this address.

param name string
param location string
param tags object
param sku string
param publisherEmail string

@description('Host name of its own; empty: the one that Azure gives.')
param customDomain string

@description('Certificate for that name: the address of a secret in a Key Vault that the identity of this service may read.')
param certificateUrl string

param insightsName string
param telemetryConnectionString string

resource service 'Microsoft.ApiManagement/service@2024-05-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: sku
    capacity: 1
  }
  identity: { type: 'SystemAssigned' }
  properties: {
    publisherEmail: publisherEmail
    publisherName: 'MCP servers'
    hostnameConfigurations: empty(customDomain)
      ? null
      : [
          {
            type: 'Proxy'
            hostName: customDomain
            certificateSource: 'KeyVault'
            keyVaultId: certificateUrl
            defaultSslBinding: true
            negotiateClientCertificate: false
          }
        ]
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

// Its name holds the principal: a gateway that is deleted and made again has another one, and an
// assignment cannot change its principal.
module publisher 'metrics-publisher.bicep' = {
  params: {
    insightsName: insights.name
    principalId: service.identity.principalId
  }
}

resource logger 'Microsoft.ApiManagement/service/loggers@2024-05-01' = {
  parent: service
  name: 'application-insights'
  dependsOn: [publisher]
  properties: {
    loggerType: 'applicationInsights'
    resourceId: insights.id
    credentials: {
      connectionString: telemetryConnectionString
      identityClientId: 'SystemAssigned'
    }
  }
}

// No bodies (they would break event streams), no headers, no query strings (they may hold a key).
// https://learn.microsoft.com/azure/api-management/how-to-server-sent-events
var nothing = {
  headers: []
  body: { bytes: 0 }
  dataMasking: {
    queryParams: [{ mode: 'Hide', value: '*' }]
  }
}

resource diagnostics 'Microsoft.ApiManagement/service/diagnostics@2024-05-01' = {
  parent: service
  name: 'applicationinsights'
  properties: {
    loggerId: logger.id
    alwaysLog: 'allErrors'
    httpCorrelationProtocol: 'W3C'
    logClientIp: false
    verbosity: 'information'
    sampling: { samplingType: 'fixed', percentage: 100 }
    frontend: { request: nothing, response: nothing }
    backend: { request: nothing, response: nothing }
  }
}

output url string = empty(customDomain) ? service.properties.gatewayUrl : 'https://${customDomain}'

@description('The addresses from which it calls the app, as ranges.')
output ranges string[] = map(
  union(service.properties.?publicIPAddresses ?? [], service.properties.?outboundPublicIPAddresses ?? []),
  address => '${address}/32'
)
