// What the template reads from servers.yaml, with the defaults of config/schema.ts. Nothing is
// deployed here. test/infra compares the result with `mcp-host list --json`.

type authKind = 'anonymous' | 'function' | 'entra' | 'jwt'

type jwtSettings = { issuer: string, audience: string, openIdConfigUrl: string? }

type rateLimitSettings = { max: int, windowSeconds: int }

@description('A server, or `defaults`, as written. Keys that are not named here are not read.')
type written = {
  enabled: bool?
  path: string?
  title: string?
  description: string?
  auth: authKind?
  scopes: string[]?
  jwt: jwtSettings?
  timeoutMs: int?
  rateLimit: rateLimitSettings?
  allowedOrigins: string[]?
  memoryMb: int?
  registry: bool?
}

@export()
@description('A server with its defaults filled in, under the keys of `mcp-host list --json`.')
type server = {
  name: string
  path: string
  title: string?
  description: string?
  auth: authKind
  scopes: string[]
  jwt: jwtSettings?
  timeoutMs: int
  rateLimit: rateLimitSettings?
  allowedOrigins: string[]
}

@description('Keys of `host` that decide what is deployed.')
type hostSettings = { pages: bool?, registry: bool?, serverCards: bool? }

var file { host: hostSettings?, defaults: written?, servers: { *: written } } = loadYamlContent('../servers.yaml')
var defaults = file.?defaults ?? {}
var enabledServers = filter(
  items(file.servers),
  entry => (entry.value.?enabled ?? defaults.?enabled ?? true) && entry.value.?path != 'none'
)
var authOf = toObject(enabledServers, entry => entry.key, entry => entry.value.?auth ?? defaults.?auth ?? 'function')
var scopesOf = toObject(enabledServers, entry => entry.key, entry => entry.value.?scopes ?? defaults.?scopes ?? [])

@export()
@description('All enabled servers with a path, by name. The others are only there as members of a combination.')
var servers server[] = map(enabledServers, entry => {
  name: entry.key
  path: entry.value.?path ?? '/${entry.key}/mcp'
  title: entry.value.?title
  description: entry.value.?description
  auth: authOf[entry.key]
  scopes: authOf[entry.key] == 'entra' && empty(scopesOf[entry.key]) ? ['mcp.${entry.key}'] : scopesOf[entry.key]
  jwt: entry.value.?jwt ?? defaults.?jwt
  timeoutMs: entry.value.?timeoutMs ?? defaults.?timeoutMs ?? 60000
  rateLimit: entry.value.?rateLimit ?? defaults.?rateLimit
  allowedOrigins: entry.value.?allowedOrigins ?? defaults.?allowedOrigins ?? []
})

@export()
@description('Memory that programs and threads may use by their own `memoryMb`, in MiB, one of each.')
var declaredMemoryMiB int = reduce(enabledServers, 0, (sum, entry) => sum + (entry.value.?memoryMb ?? 0))

@export()
@description('Servers whose callers show a token of Microsoft Entra.')
var entraServers server[] = filter(servers, one => one.auth == 'entra')

@export()
@description('Servers whose callers show a token of any issuer.')
var tokenServers server[] = filter(servers, one => contains(['entra', 'jwt'], one.auth))

@export()
@description('Whether everybody may read the list of the servers.')
var hasRegistry bool = file.?host.?registry ?? false

@export()
@description('Whether a browser gets pages.')
var hasPages bool = file.?host.?pages ?? true

@export()
@description('Whether the page at `/` lists a server: none with a key, which a browser does not have, and none that is not to be listed.')
var hasHome bool = hasPages && !empty(filter(
  enabledServers,
  entry => authOf[entry.key] != 'function' && (entry.value.?registry ?? defaults.?registry ?? true)
))

@export()
@description('Names of the APIs of a gateway.')
var gatewayApiNames string[] = concat(
  map(servers, one => 'mcp-${one.name}'),
  hasRegistry ? ['registry'] : [],
  hasHome ? ['pages'] : [],
  empty(tokenServers) ? [] : ['protected-resource-metadata']
)

// First part of the route that needs no key: paths without the slash at their front, as a regular
// expression.
var alwaysOpen = concat(['healthz', '\\.well-known/oauth-protected-resource'], hasRegistry ? ['v0\\.1/servers'] : [])

// Of servers that may be listed only: an open path tells that there is such a server. Below the
// others everything is open.
var cardPaths = !(file.?host.?serverCards ?? false)
  ? []
  : concat(
      ['\\.well-known/ai-catalog\\.json'],
      map(
        filter(
          enabledServers,
          entry => authOf[entry.key] == 'function' && (entry.value.?registry ?? defaults.?registry ?? true)
        ),
        entry => '${substring(entry.value.?path ?? '/${entry.key}/mcp', 1)}/server-card'
      )
    )

@export()
@description('The route that needs no key: the host checks tokens itself.')
var openPaths string[] = concat(
  alwaysOpen,
  cardPaths,
  map(filter(servers, one => one.auth != 'function'), one => substring(one.path, 1))
)

@export()
@description('The same behind a gateway, which has a key of its own for servers that ask for tokens.')
var openPathsBehindGateway string[] = concat(
  alwaysOpen,
  map(filter(servers, one => one.auth == 'anonymous'), one => substring(one.path, 1))
)
