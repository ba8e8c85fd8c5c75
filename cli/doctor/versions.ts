// The tools of this machine: what there is of them, and whether it is new enough.

import { existsSync, readFileSync } from 'node:fs';
import { coerce, gte, satisfies } from 'semver';
import { parse } from 'yaml';
import { runTool } from '../command-line-tool.ts';
import { compare, type Row, type Rows, shown } from './row.ts';

const group = 'local';

/** What runs in Azure; `nodeVersion` of infra/function-app.bicep. */
const azureNodeMajor = 22;

interface Tool {
  readonly name: string;
  readonly args: readonly string[];
  /** Lowest version that serves. */
  readonly minimum: string;
  readonly neededFor: string;
}

/** Core Tools: docs/functions.md. az: from this version on it asks Microsoft Graph for apps. */
function tools(): readonly Tool[] {
  return [
    { name: 'func', args: ['--version'], minimum: '4.5.0', neededFor: 'func start' },
    { name: 'azd', args: ['version'], minimum: minimumOfAzd(), neededFor: 'azd up' },
    {
      name: 'az',
      args: ['version', '--output', 'json'],
      minimum: '2.37.0',
      neededFor: 'keys, and doctor --deployed for Entra',
    },
  ];
}

function minimumOfAzd(): string {
  const text = existsSync('azure.yaml') ? readFileSync('azure.yaml', 'utf8') : '';
  const wanted: unknown = parse(text)?.requiredVersions?.azd;
  return coerce(String(wanted))?.version ?? '1.23.5';
}

export async function* checkVersions(): Rows {
  yield checkNode();
  for (const tool of tools()) yield checkTool(tool);
}

function checkNode(): Row {
  const range = existsSync('package.json')
    ? String(JSON.parse(readFileSync('package.json', 'utf8')).engines?.node ?? '>=20.19')
    : '>=20.19';
  const came = process.versions.node;
  return compare({
    group,
    check: 'Node',
    expected: `${range} (${azureNodeMajor} runs in Azure)`,
    isExpected: satisfies(came, range),
    came,
    fix: `install Node ${azureNodeMajor}`,
  });
}

function checkTool({ name, args, minimum, neededFor }: Tool): Row {
  const row = { group, check: name, expected: `${minimum} or later, for ${neededFor}` } as const;
  const outcome = runTool(name, args);
  if (outcome === undefined) {
    return { ...row, result: 'skipped', came: `not installed; only needed for ${neededFor}` };
  }
  const version = /\d+\.\d+\.\d+/.exec(outcome.stdout)?.[0];
  if (outcome.status !== 0 || version === undefined) {
    const came = shown(outcome.complaint || outcome.stdout || 'no version');
    return { ...row, result: 'unknown', came, fix: `${name} ${args.join(' ')}` };
  }
  const fix = `update ${name}`;
  return compare({ ...row, isExpected: gte(version, minimum), came: version, fix });
}
