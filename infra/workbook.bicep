// The workbook of Application Insights: one tile for each query of monitoring/ that is not an alert's.
// Under "Workbooks" of the resource, as "MCP servers".

param insightsName string
param location string
param tags object

@description('A tile. A chart has one line per value of `group`; what has no chart is a table.')
type tile = {
  title: string
  query: string
  chart: { visualization: ('timechart' | 'barchart'), yAxis: string, group: string? }?
  @description('Percent of the page; none: all of it.')
  width: int?
}

type section = { title: string, text: string, tiles: tile[] }

var sections section[] = [
  {
    title: 'Overview'
    text: 'A failure is the fault of a server; what callers did wrong stands below *Errors*.'
    tiles: [
      {
        title: 'MCP messages'
        query: loadTextContent('monitoring/overview-messages.kql')
        chart: { visualization: 'timechart', yAxis: 'messages', group: 'server' }
        width: 33
      }
      {
        title: 'Failures'
        query: loadTextContent('monitoring/overview-failures.kql')
        chart: { visualization: 'timechart', yAxis: 'failed', group: 'server' }
        width: 33
      }
      {
        title: 'Tool calls, 95th percentile, ms'
        query: loadTextContent('monitoring/overview-latency.kql')
        chart: { visualization: 'timechart', yAxis: 'p95', group: 'server' }
        width: 33
      }
    ]
  }
  {
    title: 'Servers and tools'
    text: 'Durations are milliseconds, but for those of the metric.'
    tiles: [
      { title: 'Per server', query: loadTextContent('monitoring/by-server.kql') }
      { title: 'Per tool', query: loadTextContent('monitoring/by-tool.kql') }
      {
        title: 'From the metric, which sampling does not touch, seconds'
        query: loadTextContent('monitoring/durations.kql')
      }
    ]
  }
  {
    title: 'Errors'
    text: 'With `sampleOperation`, the transaction search finds the trace of one failure.'
    tiles: [
      { title: 'Failures by type', query: loadTextContent('monitoring/errors.kql') }
      { title: 'Mistakes of callers, by code', query: loadTextContent('monitoring/callers-mistakes.kql') }
    ]
  }
  {
    title: 'Callers'
    text: 'Names and versions are what clients say of themselves.'
    tiles: [
      { title: 'By name and version', query: loadTextContent('monitoring/clients.kql') }
    ]
  }
  {
    title: 'Who called what'
    text: 'One record for each tool call, never sampled. `caller` is a hash, or with `host.audit: id` the person or program. `clientFrom` says who names the client: `token` is verified, `clientInfo` is what it says of itself.'
    tiles: [
      { title: 'Tool calls', query: loadTextContent('monitoring/who-called-what.kql') }
      { title: 'Refusals', query: loadTextContent('monitoring/refused-callers.kql') }
    ]
  }
  {
    title: 'Rejections'
    text: 'Requests that never became a message.'
    tiles: [
      {
        title: 'Over time'
        query: loadTextContent('monitoring/rejections-over-time.kql')
        chart: { visualization: 'timechart', yAxis: 'rejections', group: 'reason' }
        width: 50
      }
      { title: 'By reason', query: loadTextContent('monitoring/rejections.kql'), width: 50 }
    ]
  }
  {
    title: 'Cold starts'
    text: 'All servers share a process, so they share its start.'
    tiles: [
      {
        title: 'Per hour'
        query: loadTextContent('monitoring/cold-starts.kql')
        chart: { visualization: 'barchart', yAxis: 'coldStarts' }
        width: 50
      }
      {
        title: 'The first message of a process, ms'
        query: loadTextContent('monitoring/cold-start-latency.kql')
        width: 50
      }
    ]
  }
  {
    title: 'Dependencies'
    text: 'What tools call with `fetch`.'
    tiles: [
      { title: 'By server and upstream, ms', query: loadTextContent('monitoring/dependencies.kql') }
    ]
  }
  {
    title: 'Host'
    text: 'The process, and the same calls as each layer sees them: never to be added up.'
    tiles: [
      { title: 'Metrics of the process, highest values', query: loadTextContent('monitoring/host.kql') }
      { title: 'Restarts of programs and threads', query: loadTextContent('monitoring/restarts.kql') }
      { title: 'Layers', query: loadTextContent('monitoring/layers.kql') }
    ]
  }
]

var hourMs = 3600000
var timeRange = {
  type: 9
  name: 'time range'
  content: {
    version: 'KqlParameterItem/1.0'
    style: 'pills'
    queryType: 0
    resourceType: 'microsoft.insights/components'
    parameters: [
      {
        id: guid('time range')
        version: 'KqlParameterItem/1.0'
        name: 'TimeRange'
        label: 'Time range'
        type: 4
        isRequired: true
        value: { durationMs: 24 * hourMs }
        typeSettings: {
          selectableValues: map([1, 4, 12, 24, 72, 168], hours => { durationMs: hours * hourMs })
          allowCustom: true
        }
      }
    ]
  }
}

@description('A text of the workbook, in Markdown.')
func heading(title string, text string) object => {
  type: 1
  name: title
  content: { json: '## ${title}\n\n${text}' }
}

@description('A query of the workbook; its time range is the one that is chosen above.')
func query(name string, one tile) object =>
  union(
    {
      type: 3
      name: name
      content: union(
        {
          version: 'KqlItem/1.0'
          title: one.title
          query: one.query
          size: 0
          queryType: 0
          resourceType: 'microsoft.insights/components'
          timeContext: { durationMs: 0 }
          timeContextFromParameter: 'TimeRange'
          noDataMessage: 'Nothing in this time range.'
          visualization: one.?chart.?visualization ?? 'table'
        },
        one.?chart == null
          ? { gridSettings: { rowLimit: 1000, filter: true } }
          : {
              chartSettings: union(
                { xAxis: 'timestamp', yAxis: [one.?chart.?yAxis] },
                one.?chart.?group == null ? {} : { group: one.?chart.?group }
              )
            }
      )
    },
    one.?width == null ? {} : { customWidth: string(one.?width) }
  )

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(insights.id, 'MCP servers')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'MCP servers'
    category: 'workbook'
    sourceId: insights.id
    version: 'Notebook/1.0'
    serializedData: string({
      version: 'Notebook/1.0'
      items: concat(
        [timeRange],
        flatten(map(
          sections,
          one =>
            concat([heading(one.title, one.text)], map(one.tiles, part => query('${one.title}: ${part.title}', part)))
        ))
      )
      fallbackResourceIds: [insights.id]
      '$schema': 'https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json'
    })
  }
}
