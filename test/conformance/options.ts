// The command line of the runner: filters and the form of the output.

import { parseArgs } from 'node:util';
import { ERAS as allEras, type Era } from '../../cli/conformance/eras.ts';
import { listScenarios } from '../../cli/conformance/suite.ts';
import { CSHARP, readMounts } from './mounts.ts';
import type { Mount } from './results.ts';

const USAGE = `Usage: npm run conformance -- [options]
  --mount NAME     only this server of test/fixtures/servers/conformance.yaml
  --era ERA        only 2025-11-25 or 2026-07-28
  --scenario NAME  only this scenario of the official suite
  --json           the results with all checks as JSON`;

export interface Options {
  readonly mounts: readonly Mount[];
  readonly eras: readonly Era[];
  readonly scenario?: string;
  readonly json: boolean;
  /** Nothing was filtered out. */
  readonly isComplete: boolean;
}

/**
 * @param hasCsharp whether the C# server can be run
 * @throws Error with the usage when an option or its value is unknown
 */
export function readOptions(hasCsharp: boolean): Options {
  try {
    return parseOptions(hasCsharp);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}

function parseOptions(hasCsharp: boolean): Options {
  const { values } = parseArgs({
    options: {
      mount: { type: 'string' },
      era: { type: 'string' },
      scenario: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const { mount, scenario, json } = values;
  const mounts = readMounts()
    .filter(({ sdk }) => hasCsharp || sdk !== CSHARP)
    .filter(({ name }) => mount === undefined || name === mount);
  if (mounts.length === 0) throw new Error(`No server is called ${mount}.`);
  const named = allEras.filter((era) => values.era === undefined || era === values.era);
  if (named.length === 0) throw new Error(`No era is called ${values.era}.`);
  const eras = named.filter((era) => scenario === undefined || hasScenario(era, scenario));
  if (eras.length === 0)
    throw new Error(`No scenario of ${named.join(' or ')} is called ${scenario}.`);
  return {
    mounts,
    eras,
    ...(scenario !== undefined && { scenario }),
    json,
    isComplete:
      hasCsharp && mount === undefined && values.era === undefined && scenario === undefined,
  };
}

function hasScenario(era: Era, name: string): boolean {
  return listScenarios(era).some(({ scenario }) => scenario === name);
}
