// From an entry of servers.yaml to a backend that serves, or to the reason why it cannot.

import { dirname } from 'node:path';
import { bundledSdks } from '../../config/bundles.ts';
import type { ServerConfig } from '../../config/schema.ts';
import type { Backend } from '../exchange/exchange.ts';
import { extraFor } from './caller-request.ts';
import { Changes } from './changes.ts';
import { Closing } from './closing.ts';
import { countDown } from './count-down.ts';
import { readDeclarations } from './declarations.ts';
import { type BuildServer, createBuilder } from './factory.ts';
import { waitingUntil } from './internal-exchange.ts';
import { createModernHandler, type ModernHandler, type ServerPackage } from './modern-handler.ts';
import { buildModernTwin, type ModernTwin } from './modern-twin.ts';
import { chooseFactory, importModule } from './module-factory.ts';
import { findModuleFile, resolvePackage } from './module-file.ts';
import { MultiplexingTransport } from './multiplexing-transport.ts';
import { createPerRequestBackend } from './per-request.ts';
import { describeError, Quarantine, type QuarantineReason } from './quarantine.ts';
import { RunningHandlers, type SdkServer } from './sdk-server.ts';
import { checkSdkCopy } from './sdk-version.ts';
import { createSharedBackend, type SharedBackendOptions } from './shared.ts';

/** Where a backend tells what is odd but does not keep the server from serving. */
export interface BackendLog {
  warn(message: string): void;
  debug(message: string): void;
}

export interface OpenOptions {
  /** Folder of servers.yaml. */
  readonly directory: string;
  /** The server's `env`, resolved. */
  readonly env: Readonly<Record<string, string>>;
  /** Told the file that will be imported, before it is. */
  readonly onImport?: (moduleFile: string) => void;
  /** What the module did to the process so far, if anything; `error` is what it threw, if it did. */
  readonly offence?: (error?: unknown) => 'ends-process' | 'connects-stdio' | undefined;
  readonly log: BackendLog;
}

/**
 * Imports the module, builds a first server, checks its SDK copy and reads its declarations.
 * @throws Quarantine, `start-timeout` after `startTimeoutMs` at the latest.
 */
export async function openBackend(config: ServerConfig, options: OpenOptions): Promise<Backend> {
  const abort = new AbortController();
  let stop = (): void => {};
  const limit = new Promise<never>((_, reject) => {
    stop = countDown(config.startTimeoutMs, () => {
      abort.abort();
      reject(startTimeout(config));
    });
  });
  const opening = open(config, options, abort.signal);
  try {
    return await Promise.race([opening, limit]);
  } catch (error) {
    // A server that comes too late is not used, so nothing of it may stay.
    opening.then((backend) => backend.close()).catch(() => {});
    throw error;
  } finally {
    stop();
  }
}

async function open(
  config: ServerConfig,
  options: OpenOptions,
  signal: AbortSignal,
): Promise<Backend> {
  const file = findModuleFile(config.module, options.directory);
  options.onImport?.(file);
  const factory = chooseFactory(await withoutOffence(options, () => importModule(file)), {
    specifier: config.module,
    instance: config.instance,
    ...(config.export && { exportName: config.export }),
  });
  const handlers = new RunningHandlers();
  const build = createBuilder(factory, options.env, handlers, options.log);
  const server = await withoutOffence(options, () =>
    attempt('factory-failed', 'The factory failed', () => build()),
  );
  const closing = new Closing((error) =>
    options.log.warn(`A server could not be closed: ${describeError(error)}`),
  );
  try {
    const connected = await connect(server, file, options, signal);
    if (config.instance === 'shared') {
      const twin = server.sdk === 'v2' ? await buildTwin(build, connected, signal) : undefined;
      return createSharedBackend({ ...connected, handlers, ...(twin && { twin }) });
    }
    const modern =
      server.sdk === 'v2' ? await modernHandler(build, file, closing, options) : undefined;
    closing.begin(server);
    const { declarations } = connected;
    const { sdk } = server;
    return createPerRequestBackend({
      build,
      sdk,
      declarations,
      handlers,
      closing,
      ...(modern && { modern }),
    });
  } catch (error) {
    closing.begin(server);
    throw error;
  }
}

type ConnectedServer = Omit<SharedBackendOptions, 'handlers' | 'twin'>;

/** Connects the first server, checks its SDK copy and reads its declarations. */
async function connect(
  server: SdkServer,
  file: string,
  { log }: OpenOptions,
  signal: AbortSignal,
): Promise<ConnectedServer> {
  signal.throwIfAborted();
  const changes = new Changes(warnOnce(log));
  const transport = new MultiplexingTransport({
    extraOf: extraFor(server.sdk),
    singleExchange: false,
    onUnrelated: (notification) => changes.publish(notification),
  });
  await attempt('factory-failed', 'The server does not connect', () => transport.connect(server));
  const warning = await checkSdkCopy(server, file);
  if (warning) log.warn(warning);
  const declarations = await attempt('no-handshake', 'The server does not start', () =>
    readDeclarations(transport, waitingUntil(signal)),
  );
  return { server, transport, declarations, changes };
}

function buildTwin(
  build: BuildServer,
  { declarations, changes }: ConnectedServer,
  signal: AbortSignal,
): Promise<ModernTwin | undefined> {
  return buildModernTwin(build, declarations, signal, (change) => changes.publish(change));
}

/** Runs code of the module. @throws Quarantine when it acted as if the process were its own. */
async function withoutOffence<T>(options: OpenOptions, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    refuseOffence(options);
    return result;
  } catch (error) {
    refuseOffence(options, error);
    throw error;
  }
}

/** @throws Quarantine when the module acted as if the process were its own. */
function refuseOffence(options: OpenOptions, error?: unknown): void {
  const offence = options.offence?.(error instanceof Quarantine ? error.cause : error);
  if (!offence) return;
  const what =
    offence === 'ends-process'
      ? 'The module called process.exit while it was loaded'
      : 'The module connected to standard input while it was loaded';
  throw new Quarantine(
    offence,
    `${what}. Fix: export a factory, and start the stand-alone server from another file.`,
  );
}

async function attempt<T>(
  reason: QuarantineReason,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Quarantine(reason, `${what}: ${describeError(error)}`, error);
  }
}

// Objects of one SDK copy must not be handed to another one, so the handler comes from the module's own copy.
async function modernHandler(
  build: BuildServer,
  file: string,
  closing: Closing,
  { log }: OpenOptions,
): Promise<ModernHandler> {
  return createModernHandler({
    serverPackage: (await importServerPackage(file)) as ServerPackage,
    build,
    closing,
    onError: (error) => log.debug(withoutValues(describeError(error))),
  });
}

/** What the SDK says of a refused request: the rule, without the headers and arguments that it repeats. */
function withoutValues(text: string): string {
  return text.replace(/^(Rejected inbound request \([\w-]+\)):.*$/s, '$1');
}

async function importServerPackage(file: string): Promise<unknown> {
  const handler = bundledSdks(file)?.find(({ handler }) => handler)?.handler;
  if (handler) return importModule(handler);
  try {
    return await importModule(resolvePackage('@modelcontextprotocol/server', dirname(file)));
  } catch {
    return import('@modelcontextprotocol/server');
  }
}

function startTimeout(config: ServerConfig): Quarantine {
  return new Quarantine(
    'start-timeout',
    `The server did not start within ${config.startTimeoutMs} ms. Fix: do slow work in the handlers, or raise \`startTimeoutMs\`.`,
  );
}

function warnOnce(log: BackendLog): (method: string) => void {
  const seen = new Set<string>();
  return (method) => {
    if (seen.has(method)) return;
    seen.add(method);
    log.warn(
      `A ${method} that belongs to no request was dropped. Fix: send it with the handler's own \`sendNotification\` (SDK v1) or \`ctx.mcpReq.notify\` (SDK v2).`,
    );
  };
}
