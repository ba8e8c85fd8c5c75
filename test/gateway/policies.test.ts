// The policies of every case: well-formed, of known elements and expressions only, with what
// servers.yaml says and nothing else; and what people write in it never becomes active.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '../../config/load.ts';
import { metadataDocument } from '../../runtime/authorization/protected-resource.ts';
import { faultsOf } from '../../standins/gateway/allowed-policies.ts';
import { isExpression, isKnown } from '../../standins/gateway/expressions.ts';
import { runPolicies } from '../../standins/gateway/pipeline.ts';
import {
  childOf,
  type Element,
  everyElement,
  parsePolicy,
  textOf,
  valuesOf,
} from '../../standins/gateway/policy-xml.ts';
import { Counters } from '../../standins/gateway/rate-limit.ts';
import { resourcesOf, type Snapshot } from '../../standins/gateway/snapshot.ts';
import { apisOf, withNamedValues } from '../../standins/gateway/snapshot-apis.ts';
import { OpenIdConfigurations } from '../../standins/gateway/token-validation.ts';
import { compiler, copyTemplate, predict, snapshotFile } from '../infra/bicep.ts';
import { cases, hasGateway, homeOf, readSnapshot, settingsOf } from '../infra/cases.ts';

const SERVICE = 'Microsoft.ApiManagement/service';

interface Understood {
  readonly name: string;
  readonly path: string;
  readonly auth: string;
  readonly scopes: readonly string[];
  readonly jwt: { issuer: string; audience: string; openIdConfigUrl?: string } | null;
  readonly rateLimit: { max: number; windowSeconds: number } | null;
  readonly allowedOrigins: readonly string[];
}

const serversOf = ({ outputs }: Snapshot) => outputs.MCP_SERVERS as readonly Understood[];
const asksForTokens = ({ auth }: Understood) => auth === 'entra' || auth === 'jwt';

/** All policies of a snapshot, by the API and operation they belong to. */
function policiesOf(snapshot: Snapshot): [string, string][] {
  return apisOf(snapshot).flatMap((api) => [
    ...(api.policy === undefined ? [] : [[api.name, api.policy] as [string, string]]),
    ...api.operations.flatMap(({ name, policy }) =>
      policy === undefined ? [] : [[`${api.name} ${name}`, policy] as [string, string]],
    ),
  ]);
}

/** Texts of a policy that API Management looks into. */
function textsOf(policy: Element): string[] {
  return everyElement(policy).flatMap((element) => [
    textOf(element),
    ...Object.values(element.attributes),
  ]);
}

const named = (policy: Element, name: string) =>
  everyElement(policy).filter((element) => element.name === name);

const NAMED_VALUES = {
  'mcp-function-key': 'key',
  'mcp-gateway-url': 'https://gateway.example',
  'mcp-audience': 'client-id',
  'mcp-issuer': 'https://login.example/tenant/v2.0',
  'mcp-login-endpoint': 'https://login.example',
  'mcp-tenant-id': 'tenant',
};

describe.each(cases.filter(hasGateway))('$name', ({ name, serversYaml, settings }) => {
  const snapshot = readSnapshot(name);
  const servers = serversOf(snapshot);
  const tokenServers = servers.filter(asksForTokens);
  const apis = apisOf(snapshot);
  const policies = policiesOf(snapshot);
  const hasPages = parseConfig(serversYaml, 'servers.yaml').host.pages;

  test.each(policies)('%s has known elements, attributes and expressions only', (_, text) => {
    const policy = parsePolicy(text);
    expect(faultsOf(policy)).toEqual([]);
    const expressions = textsOf(policy).filter(isExpression);
    expect(expressions.filter((each) => !isKnown(each))).toEqual([]);
    expect(Buffer.byteLength(text)).toBeLessThan(256 * 1024);
    expect(text).not.toContain('$(');
  });

  test('every named value that a policy names is there, the key as a secret, and none is idle', () => {
    const used = policies.flatMap(([, text]) =>
      [...text.matchAll(/\{\{([^}]*)\}\}/g)].map(([, value]) => value),
    );
    const values = resourcesOf(snapshot, `${SERVICE}/namedValues`).map(({ properties }) => [
      properties.displayName,
      properties.secret,
    ]);
    expect(values.map(([value]) => value).toSorted()).toEqual([...new Set(used)].toSorted());
    for (const [value, isSecret] of values) expect(isSecret).toBe(value === 'mcp-function-key');
  });

  test('each server has its API at its path, with GET, POST and DELETE, without a subscription', () => {
    const expected = servers.map(({ name: server, path }) => ({
      name: `mcp-${server}`,
      path,
      backendPath: path,
      operations: ['DELETE', 'GET', 'POST'].map((method) => `${method} /`),
    }));
    const found = apis
      .filter((api) => api.name.startsWith('mcp-'))
      .map(({ name: api, path, backendPath, operations }) => ({
        name: api,
        path,
        backendPath,
        operations: operations
          .map(({ method, urlTemplate }) => `${method} ${urlTemplate}`)
          .toSorted(),
      }));
    expect(found).toEqual(expected);
    for (const { properties } of resourcesOf(snapshot, `${SERVICE}/apis`)) {
      expect(properties).toMatchObject({ protocols: ['https'], subscriptionRequired: false });
      expect(properties).not.toHaveProperty('type');
    }
  });

  test('the registry is forwarded to the host for everybody, when it is on', () => {
    const registry = apis.find((api) => api.name === 'registry');
    const { registry: isOn } = parseConfig(serversYaml, 'servers.yaml').host;
    if (!registry) return expect(isOn).toBe(false);
    expect(isOn).toBe(true);
    expect(registry).toMatchObject({ path: '/v0.1/servers', backendPath: '/v0.1/servers' });
    const operations = registry.operations.map(({ method, urlTemplate }) => [method, urlTemplate]);
    expect(operations.map((each) => each.join(' ')).toSorted()).toEqual([
      'GET /',
      'GET /*',
      'OPTIONS /',
      'OPTIONS /*',
    ]);
    const kinds = childOf(parsePolicy(registry.policy ?? ''), 'inbound').children;
    expect(kinds.map((child) => child.name)).toEqual([
      'base',
      ...(settings.ALLOWED_IP_RANGES ? ['ip-filter'] : []),
      'rate-limit-by-key',
    ]);
  });

  test('the list at / is forwarded for GET and HEAD, with the key of a gateway that has one, when a browser sees a server', () => {
    const pages = apis.find((api) => api.name === 'pages');
    const home = homeOf({ serversYaml, settings });
    expect(pages !== undefined).toBe(home.isThere);
    if (!pages) return;
    expect(pages).toMatchObject({ path: '', backendPath: '' });
    expect(pages.operations.map(({ method, urlTemplate }) => `${method} ${urlTemplate}`)).toEqual([
      'GET /',
      'HEAD /',
    ]);
    const kinds = childOf(parsePolicy(pages.policy ?? ''), 'inbound').children;
    expect(kinds.map((child) => child.name)).toEqual([
      'base',
      ...(settings.ALLOWED_IP_RANGES ? ['ip-filter'] : []),
      'rate-limit-by-key',
      ...(home.isOpen ? [] : ['set-header']),
    ]);
  });

  test('the hook is told of every API', () => {
    expect(snapshot.outputs.APIM_APIS).toEqual(apis.map((api) => api.name));
  });

  test('each server that asks for tokens has its document, with the bytes of the host, and no other has one', () => {
    const documents = apis.find((api) => api.name === 'protected-resource-metadata');
    const home = (path: string) =>
      settings.ENTRA_SERVER_URIS === 'none' ? 'client-id' : `https://gateway.example${path}`;
    expect(documents?.path).toBe(
      tokenServers.length > 0 ? '/.well-known/oauth-protected-resource' : undefined,
    );
    const found = documents?.operations.map(({ method, urlTemplate, policy = '' }) => {
      const [body] = named(parsePolicy(withNamedValues(policy, NAMED_VALUES)), 'set-body');
      return { method, urlTemplate, document: body && textOf(body) };
    });
    const expected = tokenServers.map(({ name: server, path, auth, jwt, scopes }) => ({
      method: 'GET',
      urlTemplate: path,
      document: metadataDocument({
        baseUrl: 'https://gateway.example',
        name: server,
        path,
        issuer: auth === 'entra' ? NAMED_VALUES['mcp-issuer'] : (jwt?.issuer ?? ''),
        scopes: auth === 'entra' ? scopes.map((scope) => `${home(path)}/${scope}`) : scopes,
      }),
    }));
    expect(found ?? []).toEqual(expected);
  });

  test.each(servers)(
    '$name ($auth) has the scopes, limits, origins and issuer of servers.yaml',
    (server) => {
      const { auth, scopes, rateLimit, allowedOrigins, jwt } = server;
      const api = apis.find((each) => each.name === `mcp-${server.name}`);
      const policy = parsePolicy(api?.policy ?? '');
      const namesIn = (element: Element) => element.children.map((child) => child.name);
      const inbound = childOf(policy, 'inbound');
      const check = { entra: 'validate-azure-ad-token', jwt: 'validate-jwt' }[auth];
      const perCaller = [
        ...(check ? [check] : []),
        ...(check && scopes.length > 0 ? ['choose'] : []),
        ...(rateLimit ? ['rate-limit-by-key'] : []),
      ];
      const letsPagesThrough = check !== undefined && hasPages;
      expect(namesIn(inbound)).toEqual([
        'base',
        ...(allowedOrigins.length > 0 ? ['cors'] : []),
        ...(settings.ALLOWED_IP_RANGES ? ['ip-filter'] : []),
        'rate-limit-by-key',
        ...(letsPagesThrough ? ['choose'] : perCaller),
        ...(check ? ['set-header'] : []),
      ]);
      if (letsPagesThrough) {
        const [guarded, ...others] = childOf(inbound, 'choose').children as [Element, ...Element[]];
        expect(others).toEqual([]);
        expect(guarded.attributes.condition).toMatch(/^@\(!\(context\.Request\.Method == "GET" &&/);
        expect(namesIn(guarded)).toEqual(perCaller);
      }
      const [cors] = named(policy, 'cors');
      if (cors) expect(valuesOf(cors, 'allowed-origins')).toEqual(allowedOrigins);
      const [byAddress, byCaller] = named(policy, 'rate-limit-by-key').map(({ attributes }) => ({
        max: Number(attributes.calls),
        windowSeconds: Number(attributes['renewal-period']),
      }));
      expect(byCaller ?? null).toEqual(rateLimit);
      const perMinute = rateLimit ? (rateLimit.max * 60) / rateLimit.windowSeconds : 0;
      expect(byAddress).toEqual({ max: Math.max(1200, 10 * perMinute), windowSeconds: 60 });
      const claims = named(policy, 'claim').map((claim) => [
        claim.attributes.name,
        claim.attributes.match,
        ...claim.children.map(textOf),
      ]);
      const inScopes = (claim: string) => [claim, 'all', ...scopes];
      expect(claims).toEqual(
        auth === 'entra'
          ? [inScopes('scp'), ['roles', 'any', `mcp.${server.name}.app`]]
          : auth === 'jwt' && scopes.length > 0
            ? [inScopes('scp'), inScopes('scope')]
            : [],
      );
      if (auth === 'jwt') {
        for (const each of named(policy, 'validate-jwt')) {
          expect(valuesOf(each, 'issuers')).toEqual([jwt?.issuer]);
          expect(valuesOf(each, 'audiences')).toEqual([jwt?.audience]);
          expect(childOf(each, 'openid-config').attributes.url).toBe(
            jwt?.openIdConfigUrl ?? `${jwt?.issuer}/.well-known/openid-configuration`,
          );
        }
      }
    },
  );

  test('with ALLOWED_IP_RANGES every API takes calls from these addresses only', () => {
    const ranges = policies.map(([, text]) => {
      const filters = named(parsePolicy(text), 'ip-filter');
      expect(filters.every(({ attributes }) => attributes.action === 'allow')).toBe(true);
      return filters.flatMap(({ children }) =>
        children.map(({ attributes }) => [attributes.from, attributes.to]),
      );
    });
    const expected = settings.ALLOWED_IP_RANGES
      ? [
          ['192.0.2.0', '192.0.2.255'],
          ['198.51.100.7', '198.51.100.7'],
        ]
      : [];
    expect(ranges).toEqual(policies.map(() => expected));
  });

  test('on-error never reads a response that is not there', () => {
    for (const [, text] of policies) {
      const conditions = textsOf(childOf(parsePolicy(text), 'on-error')).filter((condition) =>
        condition.includes('context.Response'),
      );
      for (const condition of conditions) {
        expect(condition).toMatch(/^@\(context\.Response != null && context\.Response\.StatusCode/);
      }
    }
  });

  test('streams are not held back, and no body, header or query string is logged', () => {
    const [diagnostics] = resourcesOf(snapshot, `${SERVICE}/diagnostics`);
    for (const side of ['frontend', 'backend']) {
      for (const message of ['request', 'response']) {
        expect(diagnostics?.properties[side][message]).toEqual({
          headers: [],
          body: { bytes: 0 },
          dataMasking: { queryParams: [{ mode: 'Hide', value: '*' }] },
        });
      }
    }
    for (const [, text] of policies) {
      for (const { attributes } of named(parsePolicy(text), 'forward-request')) {
        expect(attributes).toEqual({
          timeout: '220',
          'buffer-request-body': 'false',
          'buffer-response': 'false',
        });
      }
    }
  });

  test('the gateway speaks for itself: its identity sends telemetry, and its key is no master key', () => {
    const [service] = resourcesOf(snapshot, SERVICE);
    expect(service?.identity).toEqual({ type: 'SystemAssigned' });
    const [logger] = resourcesOf(snapshot, `${SERVICE}/loggers`);
    expect(logger?.properties.credentials.identityClientId).toBe('SystemAssigned');
    // A hook sets the key at the app, which refuses it while it has no code.
    expect(resourcesOf(snapshot, 'Microsoft.Web/sites/host/functionKeys')).toEqual([]);
    const secrets = resourcesOf(snapshot, `${SERVICE}/namedValues`)
      .filter(({ properties }) => properties.secret)
      .map(({ properties }) => properties.value);
    expect(secrets).toEqual(tokenServers.length > 0 ? ["[parameters('gatewayKey')]"] : []);
    expect(JSON.stringify(snapshot)).not.toMatch(/masterKey|listKeys/);
  });
});

test.each([
  { address: '192.0.2.200', arrives: true },
  { address: '::ffff:198.51.100.7', arrives: true },
  { address: '198.51.100.8', arrives: false },
  { address: '2001:db8::1', arrives: false },
])('ALLOWED_IP_RANGES at the gateway: $address arrives: $arrives', async ({ address, arrives }) => {
  const apis = apisOf(readSnapshot('gateway-domain'));
  const run = async (policy = '', accept?: string) => {
    let forwarded = false;
    const made = await runPolicies({
      policy: parsePolicy(withNamedValues(policy, NAMED_VALUES)),
      state: {
        counters: new Counters(Date.now),
        configurations: new OpenIdConfigurations(Date.now),
      },
      context: {
        request: {
          header: (name) => (name === 'accept' ? accept : undefined),
          query: () => undefined,
          ipAddress: address,
          method: 'GET',
        },
        variables: new Map(),
        response: undefined,
        lastError: undefined,
      },
      requestHeaders: new Map(),
      forward: async () => {
        forwarded = true;
      },
    });
    return { made, forwarded };
  };
  const policyOf = (wanted: string) => apis.find(({ name }) => name === wanted)?.policy;
  const passes = { made: undefined, forwarded: true };
  const refused = { made: { status: 403 }, forwarded: false };
  expect(await run(policyOf('mcp-weather'))).toMatchObject(arrives ? passes : refused);
  expect(await run(policyOf('pages'))).toMatchObject(arrives ? passes : refused);
  expect(await run(policyOf('mcp-notes'), 'text/html')).toMatchObject(arrives ? passes : refused);
  // Who may not call is not sent to sign in.
  const { made: notes } = await run(policyOf('mcp-notes'));
  expect(notes?.status).toBe(arrives ? 401 : 403);
  expect('www-authenticate' in (notes?.headers ?? {})).toBe(arrives);
  const documents = apis.find(({ name }) => name === 'protected-resource-metadata');
  const { made: document } = await run(documents?.operations[0]?.policy);
  expect(document?.status).toBe(arrives ? 200 : 403);
});

test('an element, an attribute, an order or an expression that nobody has looked at is found', () => {
  const api = apisOf(readSnapshot('gateway')).find(({ name }) => name === 'mcp-notes');
  const text = api?.policy ?? '';
  const faults = (from: string | RegExp, to: string) => {
    const changed = text.replace(from, to);
    expect(changed).not.toBe(text);
    return faultsOf(parsePolicy(changed));
  };
  expect(faults('<outbound>', '<outbound><log-to-eventhub />')).not.toEqual([]);
  expect(faults('clock-skew="60"', '')).toEqual(['validate-jwt has no clock-skew']);
  expect(faults('timeout="220"', 'timeout="220" follow-redirects="true"')).not.toEqual([]);
  expect(faults(/<cors[\s\S]*<\/cors>([\s\S]*?\/>)/, '$1')).toEqual([]);
  expect(faults(/(<cors[\s\S]*<\/cors>)([\s\S]*?\/>)/, '$2$1')).not.toEqual([]);
  expect(isKnown('@(context.Response.StatusCode == 418)')).toBe(false);
  expect(isKnown('@{ return "x"; }')).toBe(false);
  expect(() => parsePolicy(text.replace('</inbound>', ''))).toThrow();
});

/** What would do harm in a policy, or break it. */
const HOSTILE = [
  '{{mcp-function-key}}',
  '@(context.Request.Headers)',
  '@{ return 1; }',
  '"',
  '<base />',
  '&amp;',
  ']]>',
  '</value>',
  'a\nb',
  '$(NAME)',
  '${HOME}',
];

/** Every key of a server that takes text, and an entry in which it has a value. */
const TEXT_KEYS: Readonly<Record<string, (value: string) => object>> = {
  title: (title) => ({ title }),
  description: (description) => ({ description }),
  path: (path) => ({ path: `/${path}` }),
  scopes: (scope) => ({ auth: 'entra', scopes: [scope] }),
  'jwt.issuer': (text) => ({
    auth: 'jwt',
    jwt: { issuer: `https://id.example/${text}`, audience: 'a' },
  }),
  'jwt.audience': (audience) => ({ auth: 'jwt', jwt: { issuer: 'https://id.example', audience } }),
  'jwt.openIdConfigUrl': (text) => ({
    auth: 'jwt',
    jwt: {
      issuer: 'https://id.example',
      audience: 'a',
      openIdConfigUrl: `https://id.example/${text}`,
    },
  }),
  allowedOrigins: (text) => ({ allowedOrigins: [`https://${text}`] }),
  env: (text) => ({ env: { KEY: text } }),
};

/** An entry for each key and text, under names of their own. JSON is YAML, too. */
const hostileEntries = Object.entries(TEXT_KEYS).flatMap(([key, entry], keyIndex) =>
  HOSTILE.map((text, index) => ({
    key,
    text,
    name: `s${keyIndex}-${index}`,
    entry: { module: './a.ts', ...entry(text) },
  })),
);

const isAccepted = (name: string, entry: object): boolean => {
  try {
    parseConfig(JSON.stringify({ servers: { [name]: entry } }), 'servers.yaml');
    return true;
  } catch {
    return false;
  }
};

describe('what people write never becomes active', () => {
  const accepted = hostileEntries.filter(({ name, entry }) => isAccepted(name, entry));

  test('check refuses it in every key that reaches a policy, and markup in titles only where it is active', () => {
    const keys = (text: string) =>
      accepted.filter((each) => each.text === text).map(({ key }) => key);
    for (const text of ['{{mcp-function-key}}', '@(context.Request.Headers)', '@{ return 1; }']) {
      expect(keys(text)).toEqual(['env']);
    }
    for (const text of ['"', '<base />', '&amp;', ']]>', '</value>', '$(NAME)']) {
      expect(keys(text)).toEqual(['title', 'description', 'env']);
    }
    expect(keys('a\nb')).toEqual(['env']);
    expect(isAccepted('{{a}}', { module: './a.ts' })).toBe(false);
    for (const value of HOSTILE) {
      const defaults = { jwt: { issuer: 'https://id.example', audience: value } };
      const file = JSON.stringify({ defaults, servers: { a: { module: './a.ts', auth: 'jwt' } } });
      expect(() => parseConfig(file, 'servers.yaml')).toThrow();
    }
  });

  const predicted = (entries: typeof hostileEntries): Snapshot => {
    const servers = Object.fromEntries(entries.map(({ name, entry }) => [name, entry]));
    const copy = copyTemplate(JSON.stringify({ servers }));
    onTestFinished(() => copy.remove());
    const settings = settingsOf({ settings: { APIM_SKU: 'BasicV2' } });
    expect(predict(copy, 'overwrite', settings)).toMatchObject({ status: 0, stderr: '' });
    return JSON.parse(readFileSync(join(copy.folder, snapshotFile), 'utf8'));
  };

  test.skipIf(compiler === undefined)(
    'what check accepts is in no policy at all',
    { timeout: 120_000 },
    () => {
      const policies = policiesOf(predicted(accepted));
      expect(policies).toHaveLength(accepted.length);
      const [, known = ''] =
        policiesOf(readSnapshot('gateway-keys')).find(([name]) => name === 'mcp-weather') ?? [];
      for (const [name, text] of policies) {
        expect(text.replaceAll(name.replace('mcp-', ''), 'weather')).toBe(known);
      }
    },
  );

  test.skipIf(compiler === undefined)(
    'what check refuses would not be markup either: Bicep escapes it',
    { timeout: 120_000 },
    () => {
      const markup = hostileEntries.filter(
        ({ key, text }) => key !== 'path' && /["<&\]\n]/.test(text),
      );
      for (const [, text] of policiesOf(predicted(markup))) {
        expect(faultsOf(parsePolicy(text))).toEqual([]);
      }
    },
  );
});
