// The whole deployment, wired: what is deployed stands in the modules, what servers.yaml says in
// servers.bicep. Parameters come from the azd environment through main.parameters.json.
targetScope = 'subscription'

import {
  declaredMemoryMiB
  entraServers
  gatewayApiNames
  hasHome
  openPaths
  openPathsBehindGateway
  servers
  tokenServers
} from 'servers.bicep'

@description('Name of the azd environment; part of all names.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Region of all resources; it must offer Flex Consumption.')
@metadata({ azd: { type: 'location' } })
param location string

@description('Instances that are always running and always paid. 0: the first call after a pause waits for a cold start.')
@minValue(0)
@maxValue(100)
param alwaysReadyInstances int = 0

@description('Memory of an instance, in MB. More memory is more money per second.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Instances at most: a limit of load and of cost.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Puts the storage account into a virtual network, behind a private endpoint.')
param vnetEnabled bool = false

@description('Addresses that may call, as IPv4 ranges (192.0.2.0/24) separated by commas; empty: all.')
param allowedIpRanges string = ''

@description('Days that logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Logs that are taken in per day, in GB; what comes after is lost until the next day. -1: no limit.')
@minValue(-1)
param logDailyCapGb int = 1

@description('Calls that are recorded with their dependencies, in percent. Metrics count all of them.')
@minValue(1)
@maxValue(100)
param traceSamplingPercent int = 100

@description('Address that alerts are sent to; empty: no alert rules.')
param alertEmail string = ''

@description('Turns the alert rules on.')
param alertsEnabled bool = false

@description('Alert: percentage of a server\'s messages that fail within 15 minutes, from 20 messages on.')
@minValue(1)
@maxValue(100)
param alertFailedPercent int = 10

@description('Alert: 95th percentile of a server\'s tool calls within 15 minutes, in ms, from 20 calls on.')
@minValue(1)
param alertLatencyMs int = 10000

@description('Alert: requests to a server that are answered 401, 403 or 429 within 15 minutes.')
@minValue(1)
param alertRefusals int = 100

@description('Seals what clients keep for the host. All instances share it. Made by the preprovision hook: with a default, azd asks nobody for it.')
@secure()
param stateKey string = ''

@description('Variables that `env` in servers.yaml refers to, by name. Made by the preprovision hook.')
@secure()
param serverEnv object = {}

@description('Client ids, separated by commas, that may ask for tokens without consent, beside VS Code.')
param preAuthorizedClientIds string = ''

@description('true: only users and apps that are assigned to the Entra app get tokens.')
param entraAssignmentRequired bool = false

@description('Whether the addresses of the servers identify the Entra app. none: the tenant refuses them, and clients that send `resource` cannot sign in.')
@allowed(['', 'address', 'none'])
param entraServerUris string = 'address'

@description('Clients that may sign in with the Entra app for clients, separated by commas: loopback, vscode, claude, cursor, chatgpt.')
param entraClients string = 'loopback,vscode'

@description('More redirect URIs of the Entra app for clients, separated by commas.')
param entraRedirectUris string = ''

@description('Groups that get roles of the Entra app, separated by commas: <group id>, or <role>=<group id>.')
param entraRoleGroups string = ''

@description('Redirect URIs of Codex, one per server, separated by commas. Made by the preprovision hook.')
param entraCodexRedirectUris string = ''

@description('Part of all names, so that the addresses are known before the first deployment. Made by the preprovision hook; empty: made here.')
param chosenToken string = ''

@description('Service Tree id, which some tenants ask of every Entra app.')
param serviceManagementReference string = ''

@description('API Management in front of the app, and its price class; empty or none: no gateway. Not Consumption: it holds answers back, ends them after 30 s and cannot limit callers.')
@allowed(['', 'none', 'BasicV2', 'StandardV2', 'Developer', 'Basic', 'Standard', 'Premium'])
param apimSku string = ''

@description('Where API Management sends its notices.')
param apimPublisherEmail string = 'noreply@example.com'

@description('Host name of the gateway, for example mcp.example.com; empty: the one that Azure gives.')
param apimCustomDomain string = ''

@description('Certificate of that name: the address of a secret in a Key Vault that the gateway may read.')
param apimCertificateUrl string = ''

@description('Key of the Functions app that only the gateway has. Made by the preprovision hook.')
@secure()
param gatewayKey string = ''

@description('Scopes of the last deployment (the output ENTRA_SCOPES), separated by commas: one that is gone is disabled first.')
param previousEntraScopes string = ''

@description('Application roles of the last deployment (the output ENTRA_ROLES), separated by commas.')
param previousEntraRoles string = ''

var resourceToken = empty(chosenToken) ? uniqueString(subscription().id, environmentName, location) : chosenToken
var tags = { 'azd-env-name': environmentName }
var usesEntra = !empty(entraServers)
// Not from outputs: so names are known before the deployment, and addresses give the order.
var appName = 'func-${resourceToken}'
var gatewayName = 'apim-${resourceToken}'
var usesGateway = !contains(['', 'none'], apimSku)
// Clients' addresses, before there are any: Entra must know them, and the app must know Entra's ids.
// Both names are those of Azure's public cloud.
var gatewayHost = empty(apimCustomDomain) ? '${gatewayName}.azure-api.net' : apimCustomDomain
var publicOrigin = 'https://${usesGateway ? gatewayHost : '${appName}.azurewebsites.net'}'
var usesServerUris = entraServerUris != 'none'
var insightsName = 'appi-${resourceToken}'
var callerRanges = map(filter(split(allowedIpRanges, ','), range => !empty(trim(range))), range => trim(range))

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'identity.bicep' = {
  scope: group
  params: {
    name: 'id-${resourceToken}'
    location: location
    tags: tags
  }
}

module storage 'storage.bicep' = {
  scope: group
  params: {
    name: 'st${resourceToken}'
    location: location
    tags: tags
    publicAccess: !vnetEnabled
    identityPrincipalId: identity.outputs.principalId
  }
}

module telemetry 'telemetry.bicep' = {
  scope: group
  params: {
    workspaceName: 'log-${resourceToken}'
    name: insightsName
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyCapGb: logDailyCapGb
    identityPrincipalId: identity.outputs.principalId
  }
}

module workbook 'workbook.bicep' = {
  scope: group
  params: {
    insightsName: insightsName
    location: location
    tags: tags
  }
  dependsOn: [telemetry]
}

module alerts 'alerts.bicep' = if (!empty(alertEmail)) {
  scope: group
  params: {
    insightsName: insightsName
    location: location
    tags: tags
    actionGroupName: 'ag-${resourceToken}'
    email: alertEmail
    enabled: alertsEnabled
    failedPercent: alertFailedPercent
    latencyMs: alertLatencyMs
    refusals: alertRefusals
  }
  dependsOn: [telemetry]
}

module network 'network.bicep' = if (vnetEnabled) {
  scope: group
  params: {
    name: 'vnet-${resourceToken}'
    location: location
    tags: tags
    storageAccountName: storage.outputs.name
  }
}

module entra 'entra.bicep' = if (usesEntra) {
  scope: group
  params: {
    uniqueName: 'mcp-${environmentName}-${resourceToken}'
    displayName: 'MCP servers (${environmentName})'
    servers: entraServers
    preAuthorizedClientIds: preAuthorizedClientIds
    assignmentRequired: entraAssignmentRequired
    serviceManagementReference: serviceManagementReference
    previousScopes: previousEntraScopes
    previousRoles: previousEntraRoles
    serverOrigin: usesServerUris ? publicOrigin : ''
    clients: entraClients
    redirectUris: entraRedirectUris
    codexRedirectUris: entraCodexRedirectUris
    roleGroups: entraRoleGroups
  }
}

module gateway 'gateway.bicep' = if (usesGateway) {
  scope: group
  params: {
    name: gatewayName
    location: location
    tags: tags
    sku: apimSku
    publisherEmail: apimPublisherEmail
    customDomain: apimCustomDomain
    certificateUrl: apimCertificateUrl
    insightsName: telemetry.outputs.name
    telemetryConnectionString: telemetry.outputs.connectionString
  }
}

module functionApp 'function-app.bicep' = {
  scope: group
  params: {
    name: appName
    planName: 'plan-${resourceToken}'
    location: location
    tags: tags
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageBlobEndpoint: storage.outputs.blobEndpoint
    deploymentContainer: storage.outputs.deploymentContainer
    telemetryConnectionString: telemetry.outputs.connectionString
    traceSamplingPercent: traceSamplingPercent
    subnetId: network.?outputs.subnetId ?? ''
    alwaysReadyInstances: alwaysReadyInstances
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    isRestricted: !empty(callerRanges)
    // Behind a gateway, which looks at the caller's address, the app has one caller.
    allowedRanges: empty(callerRanges) ? [] : usesGateway ? gateway.?outputs.ranges ?? [] : callerRanges
    openPaths: usesGateway ? openPathsBehindGateway : openPaths
    // A gateway that has a key sends it to `/`, too.
    opensHome: hasHome && (!usesGateway || empty(tokenServers))
    publicBaseUrl: gateway.?outputs.url ?? ''
    entraClientId: entra.?outputs.clientId ?? ''
    entraServerUris: usesServerUris ? 'address' : 'none'
    stateKey: length(stateKey) < 32
      ? fail('MCP_HOST_STATE_KEY: expected at least 32 characters. Fix: deploy with azd, whose preprovision hook makes it')
      : stateKey
    serverEnv: serverEnv
  }
}

module gatewayApis 'gateway-apis.bicep' = if (usesGateway) {
  scope: group
  params: {
    gatewayName: gatewayName
    gatewayUrl: gateway.?outputs.url ?? ''
    appUrl: functionApp.outputs.url
    callerRanges: callerRanges
    entraClientId: entra.?outputs.clientId ?? ''
    usesServerUris: usesServerUris
    gatewayKey: gatewayKey
  }
}

output AZURE_LOCATION string = location
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = group.name
output AZURE_FUNCTION_NAME string = functionApp.outputs.name

@description('The app itself: scheme and host.')
output SERVICE_MCP_URI string = functionApp.outputs.url

@description('API Management in front of it; both empty while there is none.')
output APIM_NAME string = usesGateway ? gatewayName : ''
output APIM_GATEWAY_URL string = gateway.?outputs.url ?? ''

@description('Names of the APIs that it should have: a deployment deletes none.')
output APIM_APIS string[] = usesGateway ? gatewayApiNames : []

@description('The enabled servers, under the keys of `mcp-host list --json`.')
output MCP_SERVERS array = servers

@description('What to change although it was deployed; empty when there is nothing.')
output MEMORY_WARNING string = declaredMemoryMiB * 10 > instanceMemoryMB * 7
  ? 'The memoryMb of all servers is ${declaredMemoryMiB} MiB, more than 70 % of the ${instanceMemoryMB} MB of an instance. Fix: azd env set INSTANCE_MEMORY_MB ${instanceMemoryMB < 2048 ? 2048 : 4096}, or lower memoryMb in servers.yaml'
  : ''

@description('The Entra app of this environment; empty while no server says `auth: entra`.')
output ENTRA_CLIENT_ID string = entra.?outputs.clientId ?? ''

@description('The Entra app for public clients, whose id client entries carry; empty while no server says `auth: entra`.')
output MCP_CLIENT_ID string = entra.?outputs.publicClientId ?? ''

@description('Scopes and roles that are enabled in the Entra app; the next deployment disables those it no longer has.')
output ENTRA_SCOPES string = usesEntra ? join(entra.?outputs.scopes ?? [], ',') : previousEntraScopes
output ENTRA_ROLES string = usesEntra ? join(entra.?outputs.roles ?? [], ',') : previousEntraRoles
