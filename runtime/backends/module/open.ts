// From an entry of servers.yaml to a backend that serves, or to the reason why it cannot.

import { dirname } from 'node:path';
import { bundledSdks } from '../../../config/bundles.ts';
import type { ModuleConfig } from '../../../config/schema.ts';
import { describeError } from '../../exchange/bounded-text.ts';
import type { JsonRpcNotification } from '../../exchange/exchange.ts';
import { Unavailability, type UnavailabilityWord } from '../../exchange/unavailability.ts';
import { Changes } from '../changes.ts';
import { LiveDeclarations, shakeHands } from '../declarations.ts';
import { waitingUntil } from '../internal-exchange.ts';
import { MultiplexingTransport } from '../multiplexing-transport.ts';
import type { BackendLog, OpenOptions } from '../open-options.ts';
import { extraFor } from './caller-request.ts';
import { Closing } from './closing.ts';
import { type BuildServer, createBuilder } from './factory.ts';
import { FactoryCircuit } from './factory-circuit.ts';
import { createModernHandler, type ModernHandler, type ServerPackage } from './modern-handler.ts';
import { buildModernTwin, ENVELOPE, type ModernTwin } from './modern-twin.ts';
import { chooseFactory, importModule } from './module-factory.ts';
import { findModuleFile, resolvePackage } from './module-file.ts';
import { createPerRequestBackend } from './per-request.ts';
import { ProbedSdk, probeSdk, withoutValues } from './sdk-internals.ts';
import { type ModuleBackend, RunningHandlers, type SdkServer } from './sdk-server.ts';
import { checkSdkCopy } from './sdk-version.ts';
import { createSharedBackend, type SharedBackendOptions } from './shared.ts';

/** A thread has no more of the host than this. */
export type ModuleOptions = Pick<
  OpenOptions,
  'directory' | 'texts' | 'onImport' | 'forbiddenAccess' | 'claim' | 'log' | 'entering'
>;

/**
 * Part of `startTimeoutMs` that listing the tools may take; a server is served without its list,
 * too.
 */
const LIST_SHARE = 0.5;

/**
 * Imports the module, builds a first server and connects it. The tools are read when the first
 * callers have been answered.
 * @param signal aborts when the try has taken too long.
 * @throws Unavailability.
 */
export async function openModule(
  config: ModuleConfig,
  options: ModuleOptions,
  signal: AbortSignal,
): Promise<ModuleBackend> {
  const file = findModuleFile(config.module, options.directory);
  options.onImport?.(file);
  const factory = chooseFactory(
    await withoutForbiddenAccess(options, () => imported(file, options)),
    {
      specifier: config.module,
      instance: config.instance,
      ...(config.export && { exportName: config.export }),
    },
  );
  const handlers = new RunningHandlers(options.entering);
  const probed = new ProbedSdk();
  const build = createBuilder(factory, options.texts.env, handlers, probed, options.log);
  const server = await withoutForbiddenAccess(options, () =>
    attempt('factory-failed', 'The factory failed', () => build()),
  );
  options.claim(server.protocol);
  const closing = new Closing((error) =>
    options.log.warn(`A server could not be closed: ${describeError(error)}`),
  );
  try {
    const connected = await connect(server, file, config, options, probed, signal);
    const { declarations, changes } = connected;
    if (config.instance === 'shared') {
      // Callers of the 2025 era wait for neither.
      const reading = declarations.readTools();
      const buildTwin = async (): Promise<ModernTwin | undefined> => {
        await reading;
        const twin = await buildTwinOf(build, connected, config.startTimeoutMs, probed);
        warnOfInternals(probed, options);
        return twin;
      };
      if (server.sdk === 'v1') warnOfInternals(probed, options);
      const isTwin = server.sdk === 'v2';
      return createSharedBackend({ ...connected, handlers, probed, ...(isTwin && { buildTwin }) });
    }
    await refuseSingleUse(build, closing);
    const factory = new FactoryCircuit(build, closing, config.startTimeoutMs);
    const modern =
      server.sdk === 'v2' ? await modernHandler(factory.build, file, closing, options) : undefined;
    void declarations.readTools().then(() => closing.begin(server));
    warnOfInternals(probed, options);
    const { sdk } = server;
    const shared = { factory, sdk, declarations, changes, handlers, closing, probed };
    return createPerRequestBackend({ ...shared, ...(modern && { modern }) });
  } catch (error) {
    closing.begin(server);
    throw error;
  }
}

async function imported(
  file: string,
  { entering }: ModuleOptions,
): Promise<Record<string, unknown>> {
  entering?.load(file);
  try {
    return await importModule(file);
  } finally {
    entering?.loaded();
  }
}

type ConnectedServer = Omit<SharedBackendOptions, 'handlers' | 'probed' | 'buildTwin'>;

/** Connects the first server, checks its SDK copy, shakes hands and probes the SDK. */
async function connect(
  server: SdkServer,
  file: string,
  { startTimeoutMs }: ModuleConfig,
  { log }: ModuleOptions,
  probed: ProbedSdk,
  signal: AbortSignal,
): Promise<ConnectedServer> {
  signal.throwIfAborted();
  const changes = new Changes(warnOnce(log));
  let declarations: LiveDeclarations | undefined;
  const transport = new MultiplexingTransport({
    extraOf: extraFor(server),
    singleClient: false,
    onUnrelated: (notification) => changes.publish(notification, declarations),
  });
  await attempt('factory-failed', 'The server does not connect', () => transport.connect(server));
  const warning = await checkSdkCopy(server, file);
  if (warning) log.warn(warning);
  const handshake = await attempt('no-handshake', 'The server does not start', () =>
    shakeHands(transport, waitingUntil(signal)),
  );
  await probeSdk(server, transport, probed);
  declarations = new LiveDeclarations(handshake, {
    transport,
    limitMs: startTimeoutMs * LIST_SHARE,
    onChange: () => changes.declarationsChanged(),
    log,
  });
  return { server, transport, declarations, changes };
}

async function buildTwinOf(
  build: BuildServer,
  { declarations, changes }: ConnectedServer,
  limitMs: number,
  probed: ProbedSdk,
): Promise<ModernTwin | undefined> {
  const publish = (change: JsonRpcNotification) => changes.publish(change, declarations);
  const twin = await buildModernTwin(build, limitMs, probed, publish);
  if (twin) {
    const params = { _meta: ENVELOPE };
    declarations.readAlso({ transport: twin.transport, era: 'modern', params });
  }
  return twin;
}

function warnOfInternals({ warning }: ProbedSdk, { log }: ModuleOptions): void {
  if (warning) log.warn(warning);
}

/** A factory that works once would fail the second caller. */
async function refuseSingleUse(build: BuildServer, closing: Closing): Promise<void> {
  try {
    closing.begin(await build());
  } catch (error) {
    throw new Unavailability(
      'factory-works-once',
      `The factory works only once. Its second call failed: ${describeError(error)} Fix: build a new server in each call, or set \`instance: shared\`.`,
      { cause: error },
    );
  }
}

/** Runs code of the module. @throws Unavailability when it acted as if the process were its own. */
async function withoutForbiddenAccess<T>(
  options: ModuleOptions,
  work: () => Promise<T>,
): Promise<T> {
  try {
    const result = await work();
    refuseForbiddenAccess(options);
    return result;
  } catch (error) {
    refuseForbiddenAccess(options, error);
    throw error;
  }
}

/** @throws Unavailability when the module acted as if the process were its own. */
function refuseForbiddenAccess(options: ModuleOptions, error?: unknown): void {
  const access = options.forbiddenAccess?.(error instanceof Unavailability ? error.cause : error);
  if (!access) return;
  const what =
    access === 'ends-process'
      ? 'The module called process.exit while it was loaded'
      : 'The module connected to standard input while it was loaded';
  throw new Unavailability(
    access,
    `${what}. Fix: export a factory, and move the code that starts a stand-alone server to another file.`,
  );
}

async function attempt<T>(
  reason: UnavailabilityWord,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Unavailability(reason, `${what}: ${describeError(error)}`, { cause: error });
  }
}

// Objects of one SDK copy must not be handed to another one, so the handler comes from the module's
// own copy.
async function modernHandler(
  build: BuildServer,
  file: string,
  closing: Closing,
  { log }: ModuleOptions,
): Promise<ModernHandler> {
  return createModernHandler({
    serverPackage: (await importServerPackage(file)) as ServerPackage,
    build,
    closing,
    onError: (error) => log.debug(withoutValues(describeError(error))),
  });
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

function warnOnce(log: BackendLog): (method: string) => void {
  const seen = new Set<string>();
  return (method) => {
    if (seen.has(method)) return;
    seen.add(method);
    log.warn(
      `The host dropped a ${method} that belongs to no request. Fix: send it with the handler's own \`sendNotification\` (SDK v1) or \`ctx.mcpReq.notify\` (SDK v2).`,
    );
  };
}
