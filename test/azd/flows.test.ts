// `azd up` from a fresh clone, and what comes after it, with a stand-in of azd 1.25 and later: what
// is asked, in which order things happen, and what the compiled template gets.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Azure, token } from '../../standins/azd/azure.ts';
import { Azd, type AzdOptions, type Run } from '../../standins/azd/stand-in.ts';
import type { CompiledTemplate } from '../../standins/azd/template.ts';
import { compiler, copyTemplate } from '../infra/bicep.ts';
import { Clone, SharedBuild } from './clone.ts';

const answers = {
  'environment name': 'dev',
  subscription: '00000000-0000-0000-0000-000000000001',
  location: 'swedencentral',
};

/** As a shell or a pipeline hands them over. */
const placed = {
  AZURE_ENV_NAME: 'dev',
  AZURE_SUBSCRIPTION_ID: answers.subscription,
  AZURE_LOCATION: answers.location,
};

/** A server whose calls carry the key of the gateway. */
const withTokens = (serversYaml: string) =>
  `${serversYaml}    auth: jwt\n    jwt: { issuer: "https://id.example.com", audience: a }\n`;

/** Steps without what npm does in them. */
const phases = ({ steps }: Run) =>
  steps
    .filter((step) => step.startsWith('+') && !step.includes('npm'))
    .map((step) => step.slice(2));

const inOrder = ['preprovision', 'deployment', 'postprovision', 'package', 'code', 'postdeploy'];

/** Pairs of steps of which one begins before the other ends. */
function overlaps({ steps }: Run, one: string, other: string): boolean {
  const span = (name: string) => [steps.indexOf(`+ ${name}`), steps.indexOf(`- ${name}`)] as const;
  const [[oneBegin, oneEnd], [otherBegin, otherEnd]] = [span(one), span(other)];
  expect(Math.min(oneBegin, otherBegin)).toBeGreaterThanOrEqual(0);
  return oneBegin < otherEnd && otherBegin < oneEnd;
}

/** How often npm installs or compiles, whoever asks. */
const counted = ({ steps }: Run) => ({
  installs: steps.filter((step) => /^\+ npm (ci|install)$/.test(step)).length,
  builds: steps.filter((step) => step === '+ npm run build').length,
});

const skip = compiler === undefined || process.platform === 'win32';

describe.skipIf(skip)('azd', { timeout: 120_000 }, () => {
  const clones: Clone[] = [];
  const started: Azd[] = [];
  const build = new SharedBuild();
  let template: CompiledTemplate;

  beforeAll(() => {
    const copy = copyTemplate(readFileSync('servers.yaml', 'utf8'));
    const { stdout } = copy.run(['build', 'infra/main.bicep', '--stdout']);
    copy.remove();
    template = JSON.parse(stdout);
  }, 120_000);
  afterAll(() => {
    for (const azd of started) azd.stop();
    for (const clone of clones) clone.remove();
  });

  function freshClone(): Clone {
    const clone = new Clone(build);
    clones.push(clone);
    return clone;
  }

  async function start(options: Pick<AzdOptions, 'project' | 'azure' | 'answers' | 'variables'>) {
    const azd = await new Azd({ template, ...options }).start();
    started.push(azd);
    return azd;
  }

  test('a deployment needs a name and a region, and nothing that a hook makes', () => {
    const required = Object.entries(template.parameters).filter(
      ([, { defaultValue }]) => defaultValue === undefined,
    );
    expect(required.map(([name]) => name)).toEqual(['environmentName', 'location']);
  });

  describe('one environment, from a fresh clone on', () => {
    let azd: Azd;
    let azure: Azure;
    let clone: Clone;
    let serversYaml: string;
    let stateKey: string | undefined;
    beforeAll(async () => {
      clone = freshClone();
      azure = new Azure(template);
      azd = await start({ project: clone, azure, answers });
      const file = join(clone.folder, 'servers.yaml');
      serversYaml = withTokens(readFileSync(file, 'utf8'));
      writeFileSync(file, serversYaml);
    });

    test('up asks for name, subscription and region, and does one thing after the other', async () => {
      const run = await azd.up();
      expect(run.output).not.toContain('ERROR');
      expect(run).toMatchObject({
        status: 0,
        asked: ['environment name', 'subscription', 'location'],
      });
      expect(phases(run)).toEqual(inOrder);
      expect(overlaps(run, 'preprovision', 'package')).toBe(false);
      expect(counted(run)).toEqual({ installs: 1, builds: 2 });
      stateKey = azd.values.MCP_HOST_STATE_KEY;
      expect(stateKey).toMatch(/^[\w-]{43}$/);
      expect(azure.deployments).toEqual([
        {
          chosenToken: expect.stringMatching(/^[a-z0-9]{13}$/),
          environmentName: 'dev',
          location: 'swedencentral',
          stateKey,
          serverEnv: {},
        },
      ]);
      expect(run.output).toContain('azd env set APIM_SKU BasicV2, then azd up');
      expect(azure.requests.map(({ method }) => method)).toEqual(['GET']);
    });

    test('up again asks nothing, installs nothing and keeps the key', async () => {
      const run = await azd.up();
      expect(run).toMatchObject({ status: 0, asked: [] });
      expect(phases(run)).toEqual(inOrder);
      expect(counted(run)).toEqual({ installs: 0, builds: 2 });
      expect(azure.deployments.at(-1)).toEqual(azure.deployments[0]);
    });

    test('with a gateway, the app gets its key when it has code, in a body', async () => {
      azd.set('APIM_SKU', 'BasicV2');
      const run = await azd.up();
      expect(run).toMatchObject({ status: 0, asked: [] });
      const { MCP_GATEWAY_KEY: gatewayKey = '' } = azd.values;
      expect(gatewayKey).toMatch(/^[\w-]{43}$/);
      expect(azure.deployments.at(-1)).toEqual({
        ...azure.deployments[0],
        apimSku: 'BasicV2',
        gatewayKey,
      });
      expect(azure.functionKeys).toEqual(new Map([['gateway', gatewayKey]]));
      const puts = azure.requests.filter(({ method }) => method === 'PUT');
      // After provision, because the app had code, and after deploy.
      expect(puts).toHaveLength(2);
      for (const { url, authorization, body } of puts) {
        expect(url).toBe(
          `/subscriptions/${answers.subscription}/resourceGroups/rg-dev/providers/Microsoft.Web/sites/func-dev/host/default/functionKeys/gateway?api-version=2024-11-01`,
        );
        expect(authorization).toBe(`Bearer ${token}`);
        expect(JSON.parse(body)).toEqual({ properties: { name: 'gateway', value: gatewayKey } });
      }
      expect(run.output).toContain('https://apim-dev.azure-api.net/time/mcp');
      expect(run.output).not.toContain(gatewayKey);
      expect(run.output).not.toContain('azd env set APIM_SKU');
    });

    test('the gateway goes by the commands that are printed, and comes back', async () => {
      azd.set('APIM_SKU', 'none');
      const without = await azd.up();
      expect(without).toMatchObject({ status: 0, asked: [] });
      expect(azure.deployments.at(-1)).toMatchObject({ apimSku: 'none', stateKey });
      const commands = without.output.split('\n').filter((line) => /^ {2}az(d)? /.test(line));
      expect(commands.filter((line) => !line.includes('keys list'))).toEqual([
        '  az apim delete --resource-group rg-dev --name apim-dev --yes',
        '  az apim deletedservice purge --service-name apim-dev --location swedencentral',
        '  azd env set APIM_DEPLOYED ""',
      ]);
      for (const command of commands.filter((line) => !line.includes('keys list'))) {
        expect(await azd.shell(command)).toBe(0);
      }
      expect((await azd.up()).output).not.toContain('az apim delete');
      azd.set('APIM_SKU', 'BasicV2');
      const again = await azd.up();
      expect(again.output).not.toContain('ERROR');
      expect(again).toMatchObject({ status: 0, asked: [] });
      expect(azure.deployments.at(-1)).toMatchObject({ apimSku: 'BasicV2', stateKey });
      expect(azure.functionKeys.get('gateway')).toBe(azd.values.MCP_GATEWAY_KEY);
    });
  });

  test('up --no-prompt asks nothing; with a gateway from the start, one run is enough', async () => {
    const clone = freshClone();
    const file = join(clone.folder, 'servers.yaml');
    writeFileSync(file, withTokens(readFileSync(file, 'utf8')));
    const azure = new Azure(template);
    // A new app needs some time for its first start.
    azure.keyRefusals.push(503);
    const azd = await start({
      project: clone,
      azure,
      variables: { ...placed, APIM_SKU: 'BasicV2' },
    });
    const run = await azd.up();
    expect(run.output).not.toContain('ERROR');
    expect(run).toMatchObject({ status: 0, asked: [] });
    expect(phases(run)).toEqual(inOrder);
    expect(run.output).toContain(
      'Run azd deploy next. It also sets the key of the gateway in the app.',
    );
    expect(azure.deployments).toEqual([
      {
        ...{
          chosenToken: expect.stringMatching(/^[a-z0-9]{13}$/),
          environmentName: 'dev',
          location: 'swedencentral',
          serverEnv: {},
          apimSku: 'BasicV2',
        },
        stateKey: azd.values.MCP_HOST_STATE_KEY,
        gatewayKey: azd.values.MCP_GATEWAY_KEY,
      },
    ]);
    expect(azure.requests.filter(({ method }) => method === 'PUT')).toHaveLength(2);
    expect(azure.functionKeys.get('gateway')).toBe(azd.values.MCP_GATEWAY_KEY);

    azure.keyRefusals.push(403);
    const refused = await azd.command('deploy --all');
    expect(refused.status).toBe(1);
    expect(refused.output).toContain(
      'The key of the gateway could not be set in the app. The gateway answers 502 until it is set: HTTP 403 NotNow',
    );
    azure.keyRefusals.push(503);
    const provision = await azd.command('provision');
    expect(provision.status).toBe(0);
    expect(provision.output).toContain('azd deploy sets it: HTTP 503 NotNow');
  });

  test('up --no-prompt without a region is refused before any hook', async () => {
    const { AZURE_LOCATION: _, ...variables } = placed;
    const azd = await start({ project: freshClone(), azure: new Azure(template), variables });
    const run = await azd.up();
    expect(run).toMatchObject({ status: 1, steps: [] });
    expect(run.output).toContain('missing required inputs: location');
  });

  test('what check refuses is never packaged', async () => {
    const clone = freshClone();
    writeFileSync(join(clone.folder, 'servers.yaml'), 'servers:\n  a: { module: ./gone.ts }\n');
    const azure = new Azure(template);
    const run = await (await start({ project: clone, azure, variables: placed })).up();
    expect(run.status).toBe(1);
    expect(phases(run)).toEqual(['preprovision']);
    expect(run.output).toContain('servers.a.module');
    expect(azure.deployments).toEqual([]);
  });

  test('a region without Flex Consumption, or without the gateway, is refused with those that have it', async () => {
    const azure = new Azure(template);
    azure.flexRegions = ['West Europe'];
    azure.gatewayRegions = ['eastus', 'westus'];
    const variables = { ...placed, APIM_SKU: 'BasicV2' };
    const run = await (await start({ project: freshClone(), azure, variables })).up();
    expect(run.status).toBe(1);
    expect(run.output).toContain(
      'AZURE_LOCATION: expected a region with Functions on Flex Consumption, got swedencentral. Fix: azd env set AZURE_LOCATION REGION, with one of westeurope\n' +
        'AZURE_LOCATION: expected a region with API Management BasicV2, got swedencentral. Fix: azd env set AZURE_LOCATION REGION, with one of eastus, westus\n',
    );
    expect(counted(run)).toEqual({ installs: 0, builds: 0 });
  });

  describe('a pipeline', () => {
    const pipeline = { ...placed, CI: 'true' };

    test('without the sealing key is refused, with the command that sets it', async () => {
      const azure = new Azure(template);
      const azd = await start({ project: freshClone(), azure, variables: pipeline });
      const run = await azd.command('provision');
      expect(run.status).toBe(1);
      expect(run.output).toContain(
        'MCP_HOST_STATE_KEY: expected a secret of this pipeline, got none',
      );
      expect(run.output).toContain(
        'azd env get-value MCP_HOST_STATE_KEY | gh secret set MCP_HOST_STATE_KEY',
      );
      expect(azure.deployments).toEqual([]);
    });

    test('from two clean checkouts with one key gives the template the same twice', async () => {
      const azure = new Azure(template);
      const stateKey = 'k'.repeat(43);
      const variables = { ...pipeline, MCP_HOST_STATE_KEY: stateKey };
      for (const _ of [1, 2]) {
        const azd = await start({ project: freshClone(), azure, variables });
        const provision = await azd.command('provision');
        expect(provision).toMatchObject({ status: 0, asked: [] });
        const deploy = await azd.command('deploy --all');
        expect(deploy).toMatchObject({ status: 0, asked: [] });
        expect([...phases(provision), ...phases(deploy)]).toEqual(inOrder);
        expect(provision.output + deploy.output).not.toContain(stateKey);
      }
      const [first, second] = azure.deployments;
      expect(first).toMatchObject({ stateKey });
      expect(second).toEqual(first);
    });
  });

  test('without the order of azure.yaml, azd installs in one folder twice at the same time', async () => {
    const clone = freshClone();
    const file = join(clone.folder, 'azure.yaml');
    const unordered = readFileSync(file, 'utf8').replace(/^workflows:\n(?: .*\n)+/m, '');
    expect(unordered).not.toContain('workflows');
    writeFileSync(file, unordered);
    const azure = new Azure(template);
    const run = await (await start({ project: clone, azure, variables: placed })).up();
    expect(overlaps(run, 'preprovision', 'package')).toBe(true);
    expect(overlaps(run, 'npm ci', 'npm install')).toBe(true);
  });
});
