// Checks which tools are installed on this machine, and whether their versions are new enough.

import { existsSync, readFileSync } from 'node:fs';
import { coerce, gte, satisfies } from 'semver';
import { parse } from 'yaml';
import { z } from 'zod';
import { runTool } from '../command-line-tool.ts';
import { ExplainedError } from '../explained-error.ts';
import { attemptRow } from './attempt.ts';
import { compare, type Row, type Rows, shown } from './row.ts';

const GROUP = 'local';

/** What runs in Azure; `nodeVersion` of infra/function-app.bicep. */
const AZURE_NODE_MAJOR = 22;

interface Tool {
  readonly name: string;
  readonly args: readonly string[];
  /** Lowest version that serves. */
  readonly minimum: () => string;
  readonly neededFor: string;
}

/** Core Tools: docs/functions.md. az: from this version on it asks Microsoft Graph for apps. */
const tools: readonly Tool[] = [
  { name: 'func', args: ['--version'], minimum: () => '4.5.0', neededFor: 'func start' },
  { name: 'azd', args: ['version'], minimum: minimumOfAzd, neededFor: 'azd up' },
  {
    name: 'az',
    args: ['version', '--output', 'json'],
    minimum: () => '2.37.0',
    neededFor: 'keys, and doctor --deployed for Entra',
  },
];

function minimumOfAzd(): string {
  const wanted = readFile('azure.yaml', parse, azureYaml)?.requiredVersions?.azd;
  return coerce(wanted)?.version ?? '1.23.5';
}

/** An empty file is null. */
const azureYaml = z
  .object({ requiredVersions: z.object({ azd: z.coerce.string().optional() }).nullish() })
  .nullish();
const packageJson = z.object({ engines: z.object({ node: z.string().optional() }).optional() });

/**
 * What is needed of a file of this folder.
 * @returns undefined when there is no such file
 * @throws ExplainedError that names the file
 */
function readFile<Value>(
  name: string,
  parseText: (text: string) => unknown,
  schema: z.ZodType<Value>,
): Value | undefined {
  if (!existsSync(name)) return undefined;
  try {
    return schema.parse(parseText(readFileSync(name, 'utf8')));
  } catch (error) {
    const { message } = error as Error;
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : message.split('\n')[0];
    throw new ExplainedError(`${name} cannot be read: ${reason}`, `correct ${name}`);
  }
}

/** @param timeoutMs for each tool */
export async function* checkVersions(timeoutMs: number): Rows {
  yield* attemptRow({ group: GROUP, check: 'Node' }, checkNode);
  for (const tool of tools) {
    yield* attemptRow({ group: GROUP, check: tool.name }, () => checkTool(tool, timeoutMs));
  }
}

function checkNode(): Row {
  const range = readFile('package.json', JSON.parse, packageJson)?.engines?.node ?? '>=20.19';
  const came = process.versions.node;
  return compare({
    group: GROUP,
    check: 'Node',
    expected: `${shown(range)} (${AZURE_NODE_MAJOR} runs in Azure)`,
    isExpected: satisfies(came, range),
    came,
    fix: `install Node ${AZURE_NODE_MAJOR}`,
  });
}

function checkTool({ name, args, neededFor, ...tool }: Tool, timeoutMs: number): Row {
  const minimum = tool.minimum();
  const row = {
    group: GROUP,
    check: name,
    expected: `${minimum} or later, for ${neededFor}`,
  } as const;
  const outcome = runTool(name, args, timeoutMs);
  if (outcome === undefined) {
    return { ...row, result: 'skipped', came: `not installed; it is needed only for ${neededFor}` };
  }
  const version = /\d+\.\d+\.\d+/.exec(outcome.stdout)?.[0];
  if (outcome.status !== 0 || version === undefined) {
    const came = shown(outcome.complaint || outcome.stdout || 'no version');
    return { ...row, result: 'unknown', came, fix: `${name} ${args.join(' ')}` };
  }
  const fix = `update ${name}`;
  return compare({ ...row, isExpected: gte(version, minimum), came: version, fix });
}
