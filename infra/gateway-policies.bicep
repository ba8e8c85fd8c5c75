// The policies of API Management, from the templates in policies/. Nothing is deployed here. A
// template says $(NAME) where something is filled in; no value of servers.yaml can hold such a text.
// What a deployment knows only later stands there as a named value, {{name}}.

import { hasPages, server, servers, tokenServers } from 'servers.bicep'

@description('Text as XML takes it, in an element and in an attribute.')
func xml(text string) string =>
  replace(replace(replace(replace(text, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;')

// Calls of one address to one server in a minute, whoever makes them: a whole office shares one.
// Whoever may make more of them alone is given room for ten such callers.
var addressCalls = 1200

@description('Scopes in the form in which clients ask for them.')
func asked(one server) string[] => map(one.scopes, scope => one.auth == 'entra' ? '$(SCOPE_HOME)/${scope}' : scope)

@export()
@description('Fills in what stands before the scopes of an `entra` server: its address, or the client id.')
func withScopeHome(policy string, path string, usesServerUris bool) string =>
  replace(policy, '$(SCOPE_HOME)', usesServerUris ? '{{mcp-gateway-url}}${path}' : '{{mcp-audience}}')

// By whom a server counts its calls: the same as the host does. The Functions host takes a key in any letter case, and
// the query parameter `code`, too.
var caller = {
  anonymous: 'caller $(NAME)'
  function: '@(&quot;caller $(NAME) &quot; + context.Request.Headers.GetValueOrDefault(&quot;x-functions-key&quot;, context.Request.Url.Query.FirstOrDefault(one =&gt; one.Key.Equals(&quot;code&quot;, StringComparison.OrdinalIgnoreCase)).Value?.FirstOrDefault() ?? &quot;&quot;).Split(\',\')[0].ToLowerInvariant())'
  entra: '@(&quot;caller $(NAME) &quot; + (((Jwt)context.Variables[&quot;jwt&quot;]).Subject ?? ((Jwt)context.Variables[&quot;jwt&quot;]).Claims.GetValueOrDefault(&quot;azp&quot;, &quot;&quot;)))'
  jwt: '@(&quot;caller $(NAME) &quot; + (((Jwt)context.Variables[&quot;jwt&quot;]).Subject ?? ((Jwt)context.Variables[&quot;jwt&quot;]).Claims.GetValueOrDefault(&quot;client_id&quot;, &quot;&quot;)))'
}

// Parts before values: a part may hold the places of values.
var fillings = toObject(servers, one => one.name, one => [
  ['$(CORS)', empty(one.allowedOrigins) ? '' : loadTextContent('policies/cors.xml')]
  // A browser has no token. What passes here without one is a GET, which the host answers with a page or with 405.
  [
    '$(CALLER)'
    hasPages && contains(['entra', 'jwt'], one.auth)
      ? loadTextContent('policies/unless-page.xml')
      : '$(TOKEN)\n    $(LIMIT)'
  ]
  [
    '$(TOKEN)'
    one.auth == 'entra'
      ? loadTextContent('policies/entra.xml')
      : one.auth == 'jwt' ? loadTextContent('policies/jwt.xml') : ''
  ]
  ['$(SCOPES)', empty(one.scopes) ? '' : loadTextContent('policies/jwt-scopes.xml')]
  ['$(ISSUED)', loadTextContent('policies/jwt-issued.xml')]
  ['$(LIMIT)', one.?rateLimit == null ? '' : loadTextContent('policies/rate-limit.xml')]
  ['$(KEY)', contains(['entra', 'jwt'], one.auth) ? loadTextContent('policies/key.xml') : '']
  ['$(KEY_REFUSED)', contains(['entra', 'jwt'], one.auth) ? loadTextContent('policies/key-refused.xml') : '']
  ['$(CHALLENGES)', contains(['entra', 'jwt'], one.auth) ? loadTextContent('policies/challenges.xml') : '']
  ['$(BAD_GATEWAY)', loadTextContent('policies/bad-gateway.xml')]
  ['$(ORIGINS)', join(map(one.allowedOrigins, origin => '<origin>${xml(origin)}</origin>'), '')]
  [
    '$(ADDRESS_CALLS)'
    string(max(addressCalls, (one.?rateLimit.?max ?? 0) * 600 / (one.?rateLimit.?windowSeconds ?? 60)))
  ]
  ['$(CALLS)', string(one.?rateLimit.?max ?? 0)]
  ['$(SECONDS)', string(one.?rateLimit.?windowSeconds ?? 0)]
  ['$(COUNTER)', caller[one.auth]]
  ['$(SCOPE_VALUES)', join(map(one.scopes, scope => '<value>${xml(scope)}</value>'), '')]
  [
    '$(OPENID_CONFIG)'
    xml(one.?jwt.?openIdConfigUrl ?? '${trimSlash(one.?jwt.?issuer ?? '')}/.well-known/openid-configuration')
  ]
  ['$(AUDIENCE)', xml(one.?jwt.?audience ?? '')]
  ['$(ISSUER)', xml(one.?jwt.?issuer ?? '')]
  [
    '$(CHALLENGE)'
    xml('resource_metadata="{{mcp-gateway-url}}/.well-known/oauth-protected-resource${one.path}"${empty(one.scopes) ? '' : ', scope="${join(asked(one), ' ')}"'}')
  ]
  ['$(NAME)', one.name]
])

func trimSlash(text string) string => endsWith(text, '/') ? substring(text, 0, max(0, length(text) - 1)) : text

@export()
@description('The policy of each server, by its name.')
var serverPolicies object = toObject(
  servers,
  one => one.name,
  one =>
    reduce(
      fillings[one.name],
      loadTextContent('policies/server.xml'),
      (text, filling) => replace(text, filling[0], filling[1])
    )
)

@description('The policy of an API that everybody may call.')
func openPolicy(name string, addressCalls string, key string) string =>
  replace(
    replace(replace(loadTextContent('policies/open.xml'), '$(NAME)', name), '$(ADDRESS_CALLS)', addressCalls),
    '$(KEY)',
    key
  )

@export()
@description('The policy of the registry.')
var registryPolicyText string = openPolicy('registry', string(addressCalls), '')

@export()
@description('The policy of `/`. The app asks for a key there while the gateway has one.')
var homePolicyText string = openPolicy(
  'pages',
  string(addressCalls),
  empty(tokenServers) ? '' : loadTextContent('policies/key.xml')
)

@export()
@description('The policy of the metadata document of each server that asks for tokens, by its name.')
var metadataPolicies object = toObject(
  tokenServers,
  one => one.name,
  one =>
    replace(
      loadTextContent('policies/metadata.xml'),
      '$(DOCUMENT)',
      xml(string(union(
        {
          resource: '{{mcp-gateway-url}}${one.path}'
          authorization_servers: [one.auth == 'entra' ? '{{mcp-issuer}}' : one.?jwt.?issuer]
          bearer_methods_supported: ['header']
        },
        empty(one.scopes) ? {} : { scopes_supported: asked(one) },
        { resource_name: one.name }
      )))
    )
)
