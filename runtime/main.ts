// The process from start to end: environment, configuration, port, application, loading. Every
// import here delays the port, so there are few; the rest is loaded once the port is open.

import { setFlagsFromString } from 'node:v8';
import { readCompiled } from '../config/compiled.ts';
import { type Environment, readEnvironment } from '../config/env.ts';
import { oneAddress } from '../config/loopback.ts';
import type { Host } from './host.ts';
import { EndSignals } from './process/end-signals.ts';
import { Port } from './process/port.ts';
import { printFatalError } from './process/print-fatal-error.ts';
import { ProcessGuard } from './process/process-guard.ts';
import {
  describeStartError,
  readArguments,
  refuseOpenAddress,
  refuseUnavailable,
} from './process/startup-checks.ts';

/** The Functions host asks `GET /` every 25 ms. */
const PROBE_WAIT_MS = 25;

const guard = new ProcessGuard();
let environment: Environment | undefined;
let host: Host | undefined;

try {
  environment = readEnvironment();
  const { serversFile } = environment;
  const config =
    readCompiled(serversFile) ?? (await import('../config/load.ts')).loadConfig(serversFile);
  refuseOpenAddress(config, environment);
  const wanted = readArguments(process.argv.slice(2));
  const signals = new EndSignals();
  const port = new Port();
  const url = await port.listen(oneAddress(environment.host), environment.port);
  // Loading blocks the process, on Node 22 for its whole time.
  await port.firstRequest(PROBE_WAIT_MS);
  const { announce, createHost, isTextLog, logModuleOutput, LogOutput, screenOf, takeWrites } =
    await import('./serving.ts');
  const { stdout, stderr } = process;
  const output = new LogOutput();
  const screen = screenOf(stdout, environment.isDumbTerminal);
  const isText = isTextLog(environment, stdout.isTTY);
  // Loaded when it is asked for, like everything that few need.
  const stats = wanted.stats
    ? (await import('./stats/live-stats.ts')).createLiveStats({
        output: { sink: output, screen },
        standardError: { stream: stderr, screen: screenOf(stderr, environment.isDumbTerminal) },
      })
    : undefined;
  const sink = stats?.sink ?? output;
  const logDestination = isText
    ? (await import('./process/text-log.ts')).textLog(sink, screen)
    : sink;
  const log = { sink, logDestination, ...(stats && { observing: stats.observing }) };
  const isWatched = wanted.watchdog;
  host = await createHost({ config, environment, guard, port, isWatched, ...log });
  host.watchProcess(guard, signals);
  logModuleOutput({ log: host.log, serversOf: (error) => guard.serversOf(error) });
  if (stats?.takeError) takeWrites(stderr, stats.takeError);
  if (config.host.strict) {
    // A host that lacks a server has never answered a call.
    await host.load();
    refuseUnavailable(host.servers);
    host.serve();
  } else {
    // Callers that wait already tell which servers to load first.
    host.serve();
    await host.load();
  }
  // No pretenuring. Set earlier, the flag would slow down the start: performance.md.
  setFlagsFromString('--no-allocation-site-pretenuring');
  const { servers } = host;
  const read = { isText, screen, sink, log: host.log };
  announce({ servers, url, host: config.host, environment, ...read });
} catch (error) {
  if (host) {
    await host.close();
    // The error may point to lines of the log.
    await host.logWritten();
  }
  printFatalError(describeStartError(error, environment), environment);
  guard.exit(1);
}
