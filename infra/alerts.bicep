// Alert rules, each for every server by itself, and whom they tell.

param insightsName string
param location string
param tags object
param actionGroupName string
param email string

@description('false: the rules stay, and look at nothing.')
param enabled bool

param failedPercent int
param latencyMs int
param refusals int

@description('A rule: it fires while `column` of its query is `threshold` or more for a server.')
type rule = { name: string, title: string, query: string, column: string, threshold: int, severity: int }

var rules rule[] = [
  {
    name: 'failures'
    title: 'Calls of an MCP server fail'
    query: loadTextContent('monitoring/alert-failures.kql')
    column: 'failedPercent'
    threshold: failedPercent
    severity: 1
  }
  {
    name: 'latency'
    title: 'Tools of an MCP server are slow'
    query: loadTextContent('monitoring/alert-latency.kql')
    column: 'p95'
    threshold: latencyMs
    severity: 2
  }
  {
    name: 'unavailable'
    title: 'An MCP server cannot serve'
    query: loadTextContent('monitoring/alert-unavailable.kql')
    column: 'instances'
    threshold: 1
    severity: 1
  }
  {
    name: 'refusals'
    title: 'Callers of an MCP server are refused'
    query: loadTextContent('monitoring/alert-refusals.kql')
    column: 'refusals'
    threshold: refusals
    severity: 2
  }
]

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'MCP servers'
    emailReceivers: [
      {
        name: 'email'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource alertRules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for one in rules: {
    name: 'mcp-${one.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: one.title
      enabled: enabled
      severity: one.severity
      scopes: [insights.id]
      // Longer than the frequency: rows arrive minutes after the call.
      windowSize: 'PT15M'
      evaluationFrequency: 'PT5M'
      autoMitigate: true
      // A new Application Insights may not know its tables yet (mspnp/aks-baseline#422); the tests
      // read the queries.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: one.query
            metricMeasureColumn: one.column
            timeAggregation: 'Maximum'
            operator: 'GreaterThanOrEqual'
            threshold: one.threshold
            dimensions: [{ name: 'server', operator: 'Include', values: ['*'] }]
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: [actionGroup.id] }
    }
  }
]
