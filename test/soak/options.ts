// The command line of the soak.

import { parseArgs } from 'node:util';
import { HOST_SCRIPT } from '../../cli/host-script.ts';
import type { Scenario } from './scenario.ts';

const DEFAULT_MINUTES = 20;
const MOST_MINUTES = 1_440;

export interface Options {
  readonly scenarios: readonly Scenario[];
  readonly minutes: number;
  readonly seed: number;
  readonly json: boolean;
  readonly main: string;
}

/**
 * @returns undefined when only the usage is asked for
 * @throws Error with the usage when an option or its value is unknown
 */
export function readOptions(all: readonly Scenario[]): Options | undefined {
  try {
    return parseOptions(all);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${usage(all)}`);
  }
}

function parseOptions(all: readonly Scenario[]): Options | undefined {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      minutes: { type: 'string', default: String(DEFAULT_MINUTES) },
      seed: { type: 'string', default: '1' },
      host: { type: 'string', default: HOST_SCRIPT },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const names = values.only?.split(',');
  for (const name of names ?? []) {
    if (!all.some((scenario) => scenario.name === name))
      throw new Error(`No scenario is called ${name}.`);
  }
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= MOST_MINUTES)) {
    throw new Error(
      `--minutes: expected more than 0 and at most ${MOST_MINUTES}, got ${values.minutes}.`,
    );
  }
  const seed = Number(values.seed);
  if (!Number.isSafeInteger(seed))
    throw new Error(`--seed: expected a whole number, got ${values.seed}.`);
  return {
    scenarios: all.filter(({ name }) => names?.includes(name) ?? true),
    minutes,
    seed,
    json: values.json,
    main: values.host,
  };
}

export function usage(all: readonly Scenario[]): string {
  const width = Math.max(...all.map(({ name }) => name.length));
  return `Usage: npm run soak -- [options]
  --only NAMES   only these scenarios, separated by commas
  --minutes N    how long the whole run takes, about. Default: ${DEFAULT_MINUTES}. CI: 5
  --seed N       what the choice of requests is made from. Default: 1
  --host SCRIPT  the host to start. Default: the built one
  --json         the result as JSON
Scenarios:
${all.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`).join('\n')}`;
}
