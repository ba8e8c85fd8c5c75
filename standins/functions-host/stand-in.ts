// The stand-in for Microsoft's Functions host: starts the handler from an app's host.json and
// proxies to it as the real host does. This file only puts the parts together.

import { Agent } from 'node:http';
import { receive } from './front-door.ts';
import { FunctionJsonError, type HttpFunction, loadFunctions } from './functions.ts';
import type { FunctionsHost } from './functions-host.ts';
import { baseEnvironment, handlerCommand } from './handler-command.ts';
import { type HandlerProcess, sendSignal } from './handler-process.ts';
import type { TraceWriting } from './headers.ts';
import { type HostConfiguration, readHostConfiguration } from './host-configuration.ts';
import { KeyCheck } from './keys.ts';
import { Listener } from './listener.ts';
import { coreToolsEnvironment } from './local-settings.ts';
import { effectiveNumbers, type FunctionsHostOptions } from './options.ts';
import { LineLog, type OutputLine, outputLine } from './output-lines.ts';
import { choosePort } from './port.ts';
import { answerEmpty } from './relay-response.ts';
import { HandlerSupervisor } from './supervisor.ts';

/**
 * Starts the stand-in and, if the app has a function, its handler. Resolves when it listens.
 *
 * Not here, because nothing of ours meets it: function.json functions, forwarding instead of
 * proxying, WebSocket upgrades, EasyAuth, the admin API but for its ping, concurrency limits (429),
 * `DISGUISED-HOST`, disabled functions, restarts on file changes.
 *
 * @throws HostConfigurationError, or Error for a handler port that is taken, where the real host
 * would not start.
 */
export async function startFunctionsHost(options: FunctionsHostOptions): Promise<FunctionsHost> {
  const app = readApp(options);
  const { hostLog, output, numbers } = app;
  const handlerPort = await choosePort(app.configuration.port);
  const agent = new Agent({ keepAlive: true, timeout: numbers.pooledConnectionIdleMs });
  const supervisor = superviseHandler(app, handlerPort, agent, (reason) => void shutDown(reason));
  const listener = listenFor(app, handlerPort, agent, supervisor);
  let orphan: HandlerProcess | undefined;
  let ending: Promise<void> | undefined;
  let reportStopped: (reason: string) => void = () => {};
  const stopped = new Promise<string>((resolve) => {
    reportStopped = resolve;
  });

  function shutDown(reason: string, signal?: NodeJS.Signals): Promise<void> {
    ending ??= end(reason, signal);
    return ending;
  }

  async function end(reason: string, signal?: NodeJS.Signals): Promise<void> {
    hostLog.add({ text: reason });
    supervisor.forget();
    if (signal && supervisor.process) sendSignal(supervisor.process.pid, signal);
    await listener.drain(numbers.drainTimeoutMs);
    await supervisor.end();
    close(reason);
  }

  function close(reason: string): void {
    listener.cut();
    agent.destroy();
    hostLog.close();
    if (orphan) void orphan.outputEnded.then(() => output.close());
    else output.close();
    reportStopped(reason);
  }

  const url = `http://127.0.0.1:${await listener.listen(options.port ?? 0)}`;
  if (app.functions?.length) await supervisor.start();
  else supervisor.forget();
  return {
    url,
    handlerPort,
    stopped,
    output: output.lines,
    log: hostLog.lines,
    get handlerPid() {
      return supervisor.process?.pid;
    },
    get starts() {
      return supervisor.starts;
    },
    ready: () => supervisor.ready(),
    outputLine: (pattern) => output.waitFor(pattern),
    logLine: (pattern) => hostLog.waitFor(pattern),
    async signalHandler(signal) {
      const handler = supervisor.process;
      if (!handler) throw new Error('No handler is running');
      sendSignal(handler.pid, signal);
      return handler.exited;
    },
    async stop(how) {
      await shutDown('Stopped', how?.signal);
      if (!orphan) return;
      sendSignal(orphan.pid, 'SIGKILL');
      await orphan.outputEnded;
    },
    async abandonHandler() {
      const handler = supervisor.process;
      if (!handler?.killParent) throw new Error('Needs a running handler and `separateParent`');
      orphan = handler;
      supervisor.forget();
      ending = handler.killParent().then(() => close('Killed'));
      await ending;
      return { pid: handler.pid, exited: handler.outputEnded };
    },
  };
}

/** Everything that is known before anything runs. */
interface App {
  readonly options: FunctionsHostOptions;
  readonly environment: Readonly<Record<string, string>>;
  readonly configuration: HostConfiguration;
  /** `undefined`: the configuration is of the kind that the real host answers with 503. */
  readonly functions: readonly HttpFunction[] | undefined;
  readonly numbers: ReturnType<typeof effectiveNumbers>;
  readonly hostLog: LineLog<{ readonly text: string }>;
  readonly output: LineLog<OutputLine>;
}

function readApp(options: FunctionsHostOptions): App {
  const { appRoot, coreTools } = options;
  const environment = { ...(coreTools && coreToolsEnvironment(appRoot)), ...options.environment };
  const configuration = readHostConfiguration(appRoot, environment);
  const numbers = effectiveNumbers(options, configuration, environment);
  const hostLog = new LineLog<{ readonly text: string }>();
  const output = new LineLog<OutputLine>();
  const report = (text: string) => hostLog.add({ text });
  let functions: readonly HttpFunction[] | undefined;
  try {
    functions = loadFunctions(configuration, appRoot, report);
  } catch (error) {
    if (!(error instanceof FunctionJsonError)) throw error;
    report(error.message);
  }
  return { options, environment, configuration, functions, numbers, hostLog, output };
}

function superviseHandler(
  { options, environment, configuration, numbers, hostLog, output }: App,
  port: number,
  agent: Agent,
  giveUp: (reason: string) => void,
): HandlerSupervisor {
  const { description } = configuration;
  const base = baseEnvironment(environment);
  return new HandlerSupervisor({
    numbers,
    port,
    agent,
    giveUp,
    initializationTimeoutMs: numbers.initializationTimeoutMs,
    holdTimeoutMs: numbers.holdTimeoutMs,
    exit0: options.exit0 ?? 'restart',
    separateParent: options.separateParent ?? false,
    nextCommand: () => handlerCommand(description, options.appRoot, port, base),
    reportHost: (text) => hostLog.add({ text }),
    reportLine(stream, text) {
      output.add(outputLine(stream, text, description.useStdErrorStreamForErrorsOnly));
      if (stream === 'stderr' && /EADDRINUSE|address already in use/i.test(text)) {
        hostLog.add({ text: 'Port is already in use. Process cannot start.' });
      }
    },
    lastErrors: () => {
      const errors = output.lines.filter(({ level }) => level === 'error');
      return errors.slice(-3).map(({ text }) => text);
    },
  });
}

/** Whose trace context the host writes, if any: it needs a place to send its own telemetry to. */
function tracingOf(
  telemetryMode: string,
  { APPLICATIONINSIGHTS_CONNECTION_STRING, OTEL_EXPORTER_OTLP_ENDPOINT }: App['environment'],
): TraceWriting {
  const isOpenTelemetry = telemetryMode.toLowerCase() === 'opentelemetry';
  if (isOpenTelemetry && OTEL_EXPORTER_OTLP_ENDPOINT !== undefined) return 'own-span';
  if (APPLICATIONINSIGHTS_CONNECTION_STRING === undefined) return 'none';
  return isOpenTelemetry ? 'own-span' : 'if-absent';
}

function listenFor(
  { options, environment, configuration, functions, numbers, hostLog }: App,
  handlerPort: number,
  agent: Agent,
  supervisor: HandlerSupervisor,
): Listener {
  const setup = {
    numbers,
    handlerPort,
    agent,
    supervisor,
    functions: functions ?? [],
    keys: options.enableAuth && new KeyCheck(options.enableAuth),
    hostVersion: options.hostVersion ?? '4.1037.0.0',
    tracing: tracingOf(configuration.telemetryMode, environment),
    disableHomepage: environment.AzureWebJobsDisableHomepage === 'true',
    reportHost: (text: string) => hostLog.add({ text }),
  };
  return new Listener(async (request, response) => {
    if (functions) await receive(setup, request, response);
    else answerEmpty(response, 503);
  });
}
