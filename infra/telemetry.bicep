// Where the Functions host and this process send what they see. Only identities may send.

param workspaceName string
param name string
param location string
param tags object
param retentionDays int
param dailyCapGb int
param identityPrincipalId string

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: { dailyQuotaGb: dailyCapGb }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: name
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

module publisher 'metrics-publisher.bicep' = {
  params: {
    insightsName: insights.name
    principalId: identityPrincipalId
  }
}

output workspaceId string = workspace.id
output id string = insights.id
output name string = insights.name
output connectionString string = insights.properties.ConnectionString
