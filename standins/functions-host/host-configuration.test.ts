// host.json, profiles and app settings: which value wins, and what the host refuses to start with.

import { expect, test } from 'vitest';
import { appWithHostJson } from './fixtures/fixture-app.ts';
import { loadFunctions } from './functions.ts';
import { readHostConfiguration } from './host-configuration.ts';
import { effectiveNumbers, realNumbers } from './options.ts';

const description = { defaultExecutablePath: 'node' };
const profile = {
  version: '2.0',
  configurationProfile: 'MCP-Custom-Handler',
  customHandler: { description },
};
const plain = {
  version: '2.0',
  customHandler: { description, enableProxyingHttpRequest: true },
};
const read = (hostJson: unknown, environment: Record<string, string> = {}) =>
  readHostConfiguration(appWithHostJson(hostJson), environment);

test('a profile sets proxying, an empty prefix, one catch-all and the custom runtime', () => {
  expect(read(profile)).toMatchObject({
    routePrefix: '',
    routes: [{ route: '{*route}', authorizationLevel: 'function' }],
    runtimeIsCustom: true,
  });
});

test('without a profile the prefix is "api" and there is no route', () => {
  expect(read(plain)).toMatchObject({ routePrefix: 'api', routes: [], runtimeIsCustom: false });
});

test('host.json wins over the profile, an app setting over both, in any case', () => {
  const hostJson = {
    ...profile,
    extensions: { http: { routePrefix: 'from-file' } },
    customHandler: { description, http: { routes: [{ route: 'a' }, { route: 'b' }] } },
  };
  const routes = read(hostJson).routes.map(({ route }) => route);
  expect([routes, read(hostJson).routePrefix]).toEqual([['a', 'b'], 'from-file']);
  const environment = {
    AZUREFUNCTIONSJOBHOST__extensions__HTTP__routeprefix: 'from-setting',
    AzureFunctionsJobHost__customHandler__http__routes__1__authorizationLevel: 'Anonymous',
    AzureFunctionsJobHost__customHandler__http__routes__2__route: 'c',
    AzureFunctionsJobHost__customHandler__http__defaultAuthorizationLevel: 'admin',
  };
  expect(read(hostJson, environment)).toMatchObject({
    routePrefix: 'from-setting',
    routes: [
      { route: 'a', authorizationLevel: 'admin' },
      { route: 'b', authorizationLevel: 'anonymous' },
      { route: 'c', authorizationLevel: 'admin' },
    ],
  });
});

test.each([
  { hostJson: { ...plain, version: '3.0' }, error: 'expected "version": "2.0", got "3.0"' },
  { hostJson: { ...plain, configurationProfile: 'mcp' }, error: "profile 'mcp' is not supported" },
  { hostJson: { ...profile, customHandler: {} }, error: 'Missing worker Description' },
  {
    hostJson: { version: '2.0', customHandler: { description } },
    error: 'enableProxyingHttpRequest',
  },
  { hostJson: { ...plain, functionTimeout: '5 min' }, error: 'expected hh:mm:ss or -1' },
])('the host does not start: $error', ({ hostJson, error }) => {
  expect(() => read(hostJson)).toThrow(error);
});

test.each([
  { runtime: 'profile', hostJson: profile, environment: {} },
  { runtime: 'setting', hostJson: plain, environment: { FUNCTIONS_WORKER_RUNTIME: 'custom' } },
  {
    runtime: 'flag',
    hostJson: plain,
    environment: {
      FUNCTIONS_WORKER_RUNTIME: 'node',
      AzureWebJobsFeatureFlags: 'Other, EnableMcpCustomHandlerPreview',
    },
  },
])('routes are allowed by the $runtime', ({ hostJson, environment }) => {
  const withRoute = {
    AzureFunctionsJobHost__customHandler__http__routes__0__route: 'a',
    ...environment,
  };
  const appRoot = appWithHostJson(hostJson);
  const functions = loadFunctions(readHostConfiguration(appRoot, withRoute), appRoot, () => {});
  expect(functions.map(({ name }) => name)).toEqual(['http-handler1']);
});

test('routes under another runtime stop the host', () => {
  const appRoot = appWithHostJson(plain);
  const environment = {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureFunctionsJobHost__customHandler__http__routes__0__route: 'a',
  };
  const configuration = readHostConfiguration(appRoot, environment);
  expect(() => loadFunctions(configuration, appRoot, () => {})).toThrow(
    'Routes configuration is only allowed for worker runtime: custom',
  );
});

test.each([
  { text: '00:05:00', milliseconds: 300_000 },
  { text: '1.02:00:00', milliseconds: 93_600_000 },
  { text: '00:00:01.5', milliseconds: 1_500 },
  { text: '-1', milliseconds: Number.POSITIVE_INFINITY },
])('functionTimeout $text is $milliseconds ms', ({ text, milliseconds }) => {
  expect(read({ ...plain, functionTimeout: text }).functionTimeoutMs).toBe(milliseconds);
});

test("numbers come from the test's option, then host.json or the environment, then the real host", () => {
  const written = {
    ...plain,
    functionTimeout: '00:01:00',
    customHandler: { ...plain.customHandler, initializationTimeout: '00:00:05' },
  };
  const environment = { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '77' };
  const numbers = (hostJson: unknown, options = {}, settings = {}) =>
    effectiveNumbers({ appRoot: '', ...options }, read(hostJson), settings);
  expect(numbers(plain)).toMatchObject({
    ...realNumbers,
    initializationTimeoutMs: 30_000,
    holdTimeoutMs: 120_000,
    functionTimeoutMs: 1_800_000,
    maxRequestBodyBytes: 104_857_600,
  });
  expect(numbers(written, {}, environment)).toMatchObject({
    initializationTimeoutMs: 5_000,
    holdTimeoutMs: 20_000,
    functionTimeoutMs: 60_000,
    maxRequestBodyBytes: 77,
  });
  expect(
    numbers(written, { functionTimeoutMs: 1, maxRequestBodyBytes: 2 }, environment),
  ).toMatchObject({
    functionTimeoutMs: 1,
    maxRequestBodyBytes: 2,
  });
});
