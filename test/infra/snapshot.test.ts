// The template compiles without a warning, and what it would deploy is what is committed. Written
// anew by: npx vitest run test/infra/snapshot.test.ts --update

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { resourcesOf, type Snapshot } from '../../standins/gateway/snapshot.ts';
import { apisOf } from '../../standins/gateway/snapshot-apis.ts';
import { compiler, copyTemplate, predict, snapshotFile, type Template } from './bicep.ts';
import {
  canary,
  cases,
  homeOf,
  literalSettings,
  readSnapshot,
  settingsOf,
  snapshotPath,
} from './cases.ts';

/** The compiler takes seconds, and shares the machine with other tests. */
const COMPILER_TIMEOUT_MS = 120_000;

const [sample] = cases;

function copyForTest(serversYaml: string): Template {
  const template = copyTemplate(serversYaml);
  onTestFinished(() => template.remove());
  return template;
}

/** The compiler writes outputs in a new order each time. */
function inOrder(text: string): string {
  const { outputs, ...rest }: Snapshot = JSON.parse(text);
  const sorted = Object.entries(outputs).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify({ ...rest, outputs: Object.fromEntries(sorted) }, null, 2)}\n`;
}

/** How many resources of each type there are. */
function countsOf({ predictedResources }: Snapshot): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of predictedResources) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

describe.skipIf(compiler === undefined)('the compiler', { timeout: COMPILER_TIMEOUT_MS }, () => {
  let template: Template;
  beforeAll(() => {
    template = copyTemplate(sample?.serversYaml ?? '');
  }, COMPILER_TIMEOUT_MS);
  afterAll(() => template?.remove());

  test.each(['build', 'lint'])('has nothing to say about infra/main.bicep: %s', (command) => {
    const args = ['infra/main.bicep', ...(command === 'build' ? ['--stdout'] : [])];
    const { status, stderr, stdout } = template.run([command, ...args]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    if (command === 'lint') expect(stdout).toBe('');
  });

  test('refuses a sealing key that is empty or short, with a sentence', () => {
    const { stdout } = template.run(['build', 'infra/main.bicep', '--stdout']);
    const { functionApp } = JSON.parse(stdout).resources;
    expect(functionApp.properties.parameters.stateKey).toMatch(
      /^\[if\(less\(length\(parameters\('stateKey'\)\), 32\), createObject\('value', fail\('MCP_HOST_STATE_KEY: expected at least 32 characters\. Fix: /,
    );
  });

  test('has nothing to format', () => {
    const files = readdirSync('infra').filter((name) => name.endsWith('.bicep'));
    const texts = () =>
      files.map((name) => readFileSync(join(template.folder, 'infra', name), 'utf8'));
    const before = texts();
    expect(template.run(['format', '--pattern', 'infra/*.bicep']).status).toBe(0);
    expect(texts()).toEqual(before);
  });

  test.each([
    ['a property of Azure', 'infra/storage.bicep', 'allowSharedKeyAccess', 'allowSharedKeyAcces'],
    ['a property of Graph', 'infra/entra.bicep', 'preAuthorizedApplications:', 'preAuthorized:'],
    ['an API version', 'infra/identity.bicep', '2023-01-31', '2023-01-32'],
    ['a word of auth', 'servers.yaml', 'instance: shared', 'auth: functions'],
  ])('does not let a misspelling pass: %s', (_, file, from, to) => {
    const misspelt = copyForTest(sample?.serversYaml ?? '');
    misspelt.change(file, from, to);
    const { status, stderr, stdout } = misspelt.run(['lint', 'infra/main.bicep']);
    expect(`${status}${stderr}${stdout}`).toMatch(/Error|Warning/);
  });

  test.each(cases)('predicts what is committed: $name', async (one) => {
    const copy = copyForTest(one.serversYaml);
    const { status, stderr } = predict(copy, 'overwrite', settingsOf(one));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const fresh = readFileSync(join(copy.folder, snapshotFile), 'utf8');
    expect(fresh).not.toContain(canary);
    await expect(inOrder(fresh)).toMatchFileSnapshot(snapshotPath(one.name));
  });

  test('finds one changed word of the template', () => {
    const copy = copyForTest(sample?.serversYaml ?? '');
    const settings = settingsOf({ settings: {} });
    expect(predict(copy, 'overwrite', settings).status).toBe(0);
    const validate = () => predict(copy, 'validate', settings);
    expect(validate().status).toBe(0);
    copy.change(
      'infra/function-app.bicep',
      "authorizationLevel': 'anonymous'",
      "authorizationLevel': 'function'",
    );
    const { status, stdout, stderr } = validate();
    expect({ status, text: stdout + stderr }).toMatchObject({
      status: 1,
      text: expect.stringContaining('authorizationLevel'),
    });
  });

  test('makes one app of twenty servers', () => {
    const names = Array.from({ length: 20 }, (_, index) => `server-${index + 1}`);
    const auths = ['function', 'anonymous', 'entra', 'jwt'];
    const servers = names.map(
      (name, index) => `  ${name}: { module: ./s.ts, auth: ${auths[index % 4]} }`,
    );
    const head = 'defaults: { jwt: { issuer: "https://id.example.com", audience: a } }\nservers:\n';
    const copy = copyForTest(`${head}${servers.join('\n')}\n`);
    expect(predict(copy, 'overwrite', settingsOf({ settings: {} })).stderr).toBe('');
    const text = readFileSync(join(copy.folder, snapshotFile), 'utf8');
    const snapshot: Snapshot = JSON.parse(text);
    expect(snapshot.outputs.MCP_SERVERS).toHaveLength(20);
    expect(countsOf(snapshot)).toEqual(countsOf(readSnapshot('every-auth')));
    expect([...text.matchAll(/"value": "mcp\.server-\d+"/g)]).toHaveLength(5);
    const settings = settingsOf({ settings: { APIM_SKU: 'BasicV2' } });
    expect(predict(copy, 'overwrite', settings).stderr).toBe('');
    const behind: Snapshot = JSON.parse(readFileSync(join(copy.folder, snapshotFile), 'utf8'));
    const service = 'Microsoft.ApiManagement/service';
    const counts = ['apis', 'apis/operations', 'apis/policies', 'apis/operations/policies'].map(
      (kind) => resourcesOf(behind, `${service}/${kind}`).length,
    );
    expect(counts).toEqual([20 + 2, 3 * 20 + 2 + 10, 20 + 1, 10]);
  });
});

test.skipIf(compiler === undefined)(
  'behind a gateway that has no key, / needs none at the app',
  { timeout: COMPILER_TIMEOUT_MS },
  () => {
    const serversYaml = 'servers: { open: { module: ./open.ts, auth: anonymous } }';
    const settings = { APIM_SKU: 'BasicV2' };
    const copy = copyForTest(serversYaml);
    expect(predict(copy, 'overwrite', settingsOf({ settings })).stderr).toBe('');
    const snapshot: Snapshot = JSON.parse(readFileSync(join(copy.folder, snapshotFile), 'utf8'));
    expect(homeOf({ serversYaml, settings })).toEqual({ isThere: true, isOpen: true });
    expect(Object.values(literalSettings(snapshot))).toContainEqual(
      expect.stringMatching(/^\{\*path:regex\(.*\|open\/mcp\).*\)=healthz\}$/),
    );
    const pages = apisOf(snapshot).find(({ name }) => name === 'pages');
    expect(pages?.policy).toContain('pages &quot;');
    expect(pages?.policy).not.toContain('x-functions-key');
  },
);

test('the cases have no more resources than they need', () => {
  const counts = Object.fromEntries(
    cases.map(({ name }) => [name, readSnapshot(name).predictedResources.length]),
  );
  expect(counts).toEqual({
    sample: 15,
    network: 25,
    alerts: 20,
    'every-auth': 19,
    'entra-changes': 19,
    'entra-clients': 21,
    'entra-none': 42,
    gateway: 88,
    'gateway-keys': 29,
    'gateway-domain': 46,
  });
});
