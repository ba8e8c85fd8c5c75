// The process, from its environment to its end: environment, configuration, application, listening, loading.

import { setFlagsFromString } from 'node:v8';
import { type Environment, readEnvironment } from '../config/env.ts';
import { loadConfig } from '../config/load.ts';
import { oneAddress } from './authorization/public-url.ts';
import { announce } from './banner.ts';
import { createHost, type Host } from './host.ts';
import { writeLastWords } from './last-words.ts';
import { written } from './logging.ts';
import { ProcessGuard } from './process-guard.ts';
import {
  describeStartError,
  refuseOpenAddress,
  refuseQuarantined,
  wantsStats,
} from './startup-checks.ts';

// Objects that outlived a few collections are otherwise made as old ones from then on. Those of requests do when many
// are in flight, and as old ones each keeps its whole request until the next full collection.
setFlagsFromString('--no-allocation-site-pretenuring');

const guard = new ProcessGuard();
let environment: Environment | undefined;
let host: Host | undefined;

try {
  environment = readEnvironment();
  const config = loadConfig(environment.serversFile);
  refuseOpenAddress(config, environment);
  // Loaded when it is asked for, like everything that few need.
  const stats = wantsStats(process.argv.slice(2))
    ? (await import('./stats/live-stats.ts')).createLiveStats(process.stdout)
    : undefined;
  host = await createHost({ config, environment, guard, ...stats });
  host.watchProcess(guard);
  // The port first: the Functions host gives a process 30 s to answer, however long its servers load.
  const url = await host.app.listen({ host: oneAddress(environment.host), port: environment.port });
  await host.load();
  if (config.host.strict) refuseQuarantined(host.servers);
  announce(host.servers, url, environment, host.log);
} catch (error) {
  // The last words may point to lines of the log.
  if (host) await written(host.log);
  writeLastWords(describeStartError(error, environment), environment);
  guard.exit(1);
}
