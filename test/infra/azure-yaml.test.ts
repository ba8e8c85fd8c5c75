// azure.yaml and main.parameters.json: keys in use only, and the same names everywhere.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

// After https://raw.githubusercontent.com/Azure/azure-dev/main/schemas/v1.0/azure.yaml.json, which
// lets unknown keys of services pass, and so misspelt ones.
const hook = (shell: 'sh' | 'pwsh') =>
  z.strictObject({
    shell: z.literal(shell),
    // One line that means the same to every shell: no quotes, variables, paths with backslashes.
    run: z.string().regex(/^node infra\/hooks\/[a-z]+\.mjs$/),
    interactive: z.literal(true),
  });
const hooks = z.strictObject({ posix: hook('sh'), windows: hook('pwsh') });
const azureYamlSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/),
  metadata: z.strictObject({ template: z.string().regex(/^[a-z-]+@\d+\.\d+\.\d+$/) }),
  requiredVersions: z.strictObject({ azd: z.string().regex(/^>= \d+\.\d+\.\d+$/) }),
  services: z.strictObject({
    mcp: z.strictObject({
      project: z.literal('.'),
      language: z.literal('ts'),
      host: z.literal('function'),
      remoteBuild: z.literal(true),
    }),
  }),
  // Steps of azd, in this order: it packages beside preprovision otherwise.
  workflows: z.strictObject({
    up: z.strictObject({
      steps: z.tuple([
        z.strictObject({ azd: z.literal('provision') }),
        z.strictObject({ azd: z.literal('package --all') }),
        z.strictObject({ azd: z.literal('deploy --all') }),
      ]),
    }),
  }),
  hooks: z.strictObject({
    preprovision: hooks,
    postprovision: hooks,
    postdeploy: hooks,
    postdown: hooks,
  }),
});

const read = (file: string) => readFileSync(file, 'utf8');
const azureYaml = parse(read('azure.yaml'));

describe('azure.yaml', () => {
  test('has the keys in use and no others', () => {
    expect(azureYamlSchema.safeParse(azureYaml).error).toBeUndefined();
  });

  test('a misspelt key is found', () => {
    const misspelt = parse(read('azure.yaml').replace('remoteBuild:', 'remotebuild:'));
    expect(azureYamlSchema.safeParse(misspelt).error).toBeDefined();
  });

  test.each(Object.entries(azureYaml.hooks as Record<string, z.infer<typeof hooks>>))(
    'the hook %s is the same line in every shell, and its script is there',
    (name, { posix, windows }) => {
      expect(windows.run).toBe(posix.run);
      expect(posix.run).toBe(`node infra/hooks/${name}.mjs`);
      expect(existsSync(`infra/hooks/${name}.mjs`)).toBe(true);
    },
  );

  test('names the service that the app is tagged with, and the version of package.json', () => {
    const [service] = Object.keys(azureYaml.services);
    expect(read('infra/function-app.bicep')).toContain(`'azd-service-name': '${service}'`);
    const { name, version } = JSON.parse(read('package.json'));
    expect(azureYaml.metadata.template).toBe(`${name}@${version}`);
  });
});

describe('infra/main.parameters.json', () => {
  const { parameters } = JSON.parse(read('infra/main.parameters.json')) as {
    parameters: Record<string, { value: string }>;
  };
  const variableOf = ([name, { value }]: [string, { value: string }]) => [name, value];

  test('fills in each parameter of main.bicep from one variable, without a default of its own', () => {
    const declared = [...read('infra/main.bicep').matchAll(/^param (\w+)/gm)].map(
      ([, name]) => name,
    );
    expect(Object.keys(parameters)).toEqual(declared);
    for (const { value } of Object.values(parameters)) expect(value).toMatch(/^\$\{[A-Z_]+\}$/);
  });

  test('takes the same range of each number as the hook that looks at settings first', async () => {
    const script = '../../infra/hooks/settings.mjs';
    const { settingProblems } = await import(script);
    const bicep = read('infra/main.bicep');
    const limits = [
      ...bicep.matchAll(/@(min|max)Value\((-?\d+)\)\n(?=(?:@maxValue.*\n)?param (\w+))/g),
    ];
    expect(limits).toHaveLength(13);
    for (const [, end, limit, name] of limits) {
      const variable = parameters[name as string]?.value.slice(2, -1) as string;
      const beyond = Number(limit) + (end === 'min' ? -1 : 1);
      expect(settingProblems({ [variable]: limit })).toEqual([]);
      expect(settingProblems({ [variable]: String(beyond) })).toHaveLength(1);
    }
  });

  test('uses the variables that the snapshot cases use', () => {
    const text = read('test/infra/snapshot.bicepparam');
    const used = [...text.matchAll(/^param (\w+) = .*readEnvironmentVariable\('(\w+)'/gm)].map(
      ([, name, variable]) => [name, `\${${variable}}`],
    );
    expect(Object.entries(parameters).map(variableOf)).toEqual(used);
  });
});
