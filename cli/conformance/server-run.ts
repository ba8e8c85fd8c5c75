// Tests one server of servers.yaml: starts the host, reads what the server offers, and runs the
// matching scenarios in both eras in parallel.

import { type StartedHost, unavailableDetail, withHost } from '../host-process.ts';
import type { Progress } from '../progress.ts';
import { scenarioNeeds } from './applicability.ts';
import type { Era } from './eras.ts';
import { readOffer } from './offer.ts';
import { judge, notApplicable, type ScenarioOutcome } from './outcome.ts';
import { listScenarios, runSuite } from './suite.ts';

export interface ServerRun {
  /** Absolute path of the servers.yaml. */
  readonly serversFile: string;
  readonly server: { readonly name: string; readonly path: string };
  readonly eras: readonly Era[];
  /** As of findNode. */
  readonly node: string;
  readonly progress: Progress;
}

/**
 * All scenarios of the eras, in the suite's order, era by era.
 * @throws Error when the host does not start or the server is unavailable
 */
export function testServer(run: ServerRun): Promise<ScenarioOutcome[]> {
  const { serversFile, server, eras, progress } = run;
  progress.update('host', 'starts');
  return withHost(serversFile, async (host) => {
    await refuseUnavailable(host, server.name);
    progress.finish('host', `serves ${server.name}`);
    const outcomes = await Promise.all(
      eras.map((era) => testEra(run, host.url + server.path, era)),
    );
    return outcomes.flat();
  });
}

async function testEra(
  { node, progress }: ServerRun,
  url: string,
  era: Era,
): Promise<ScenarioOutcome[]> {
  const offer = await readOffer(url, era);
  const listed = listScenarios(era).map(({ scenario }) => ({
    scenario,
    needs: scenarioNeeds(scenario, offer),
  }));
  const scenarios = listed.flatMap(({ scenario, needs }) => (needs === undefined ? scenario : []));
  let started = 0;
  const results = await runSuite(node, {
    url,
    era,
    scenarios,
    onScenario(scenario) {
      started += 1;
      progress.update(era, `${started}/${scenarios.length} ${scenario}`);
    },
  });
  const outcomes = listed.map(({ scenario, needs }) => {
    if (needs !== undefined) return notApplicable(scenario, era, needs);
    const checks = results.find((result) => result.scenario === scenario)?.checks ?? [];
    return judge(scenario, era, checks, offer);
  });
  const passed = outcomes.filter(({ outcome }) => outcome === 'passed').length;
  progress.finish(era, `${passed} of ${scenarios.length} scenarios passed`);
  return outcomes;
}

/** `/readyz` of a host on loopback names each server's state, the log why. */
async function refuseUnavailable(host: StartedHost, name: string): Promise<void> {
  const response = await fetch(new URL('/readyz', host.url));
  const { servers } = (await response.json()) as {
    servers: readonly {
      readonly name: string;
      readonly status: string;
      readonly reason?: string;
    }[];
  };
  const state = servers.find((server) => server.name === name);
  if (state?.status === 'serving') return;
  const detail = unavailableDetail(host, name);
  const reason = state?.reason ?? state?.status ?? 'unknown';
  throw new Error(`${name} is unavailable (${reason})${detail ? `: ${detail}` : ''}`);
}
