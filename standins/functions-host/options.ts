// Every number and choice of the stand-in for the Functions host, with the real host's value as
// its default, and which source of a number wins.

import type { HostConfiguration } from './host-configuration.ts';
import type { FunctionKeys } from './keys.ts';

/** The real host's numbers. Tests shorten them; all times are in milliseconds. */
export interface FunctionsHostNumbers {
  /**
   * Pause between two `GET /` probes. Default 25. host: WebJobs.Script/Workers/WorkerConstants.cs
   */
  readonly probeIntervalMs: number;
  /**
   * Error budget: the host gives up at this many counted errors. Default 3. host:
   * WebJobs.Script/Workers/Http/HttpFunctionInvocationDispatcher.cs
   */
  readonly errorLimit: number;
  /**
   * An error later than this after the previous one empties the error list. Default 30 min. host:
   * same file
   */
  readonly errorWindowMs: number;
  /**
   * Attempts per request when the handler cannot be reached. Default 10, about 1.9 s in all. host:
   * WebJobs.Script/Http/RetryProxyHandler.cs
   */
  readonly sendAttempts: number;
  /**
   * Sends per attempt when the handler closes the connection unanswered. Default 4 (measured: 40 in
   * all).
   */
  readonly sendsPerAttempt: number;
  /**
   * First pause between attempts; doubles up to the longest. Default 50. host:
   * WebJobs.Script/Http/RetryProxyHandler.cs
   */
  readonly firstRetryPauseMs: number;
  /** Longest pause between attempts. Default 250. host: same file */
  readonly longestRetryPauseMs: number;
  /**
   * A silent exchange is aborted after this. Default 240,000. host:
   * WebJobs.Script/Http/DefaultHttpProxyService.cs
   */
  readonly idleTimeoutMs: number;
  /**
   * From the `functionTimeout` of a request to the SIGKILL of the handler. Default 1,000
   * (measured).
   */
  readonly functionTimeoutGraceMs: number;
  /**
   * From that SIGKILL to the empty 500 of a request that nobody answered. Default 1,000 (measured).
   */
  readonly functionTimeoutAnswerMs: number;
  /**
   * An idle pooled connection to the handler is closed after this. Default 60,000 (.NET
   * SocketsHttpHandler).
   */
  readonly pooledConnectionIdleMs: number;
  /**
   * Largest request body. Default `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT` of the environment, else
   * 104,857,600.
   */
  readonly maxRequestBodyBytes: number;
  /** `stop()` waits this long for requests in flight. Default 30,000 (measured after SIGINT). */
  readonly drainTimeoutMs: number;
  /**
   * `stop()` waits this long for the death of the handler. Default 1,000. host:
   * WebJobs.Script/Workers/ProcessManagement/WorkerProcess.cs
   */
  readonly killWaitMs: number;
}

/** The values of Microsoft's host. */
export const realNumbers: FunctionsHostNumbers = {
  probeIntervalMs: 25,
  errorLimit: 3,
  errorWindowMs: 1_800_000,
  sendAttempts: 10,
  sendsPerAttempt: 4,
  firstRetryPauseMs: 50,
  longestRetryPauseMs: 250,
  idleTimeoutMs: 240_000,
  functionTimeoutGraceMs: 1_000,
  functionTimeoutAnswerMs: 1_000,
  pooledConnectionIdleMs: 60_000,
  maxRequestBodyBytes: 104_857_600,
  drainTimeoutMs: 30_000,
  killWaitMs: 1_000,
};

/** What a test may choose when it starts the stand-in. */
export interface FunctionsHostOptions extends Partial<FunctionsHostNumbers> {
  /** Folder that holds host.json; also the handler's working directory. */
  readonly appRoot: string;
  /**
   * App settings: they override host.json (`AzureFunctionsJobHost__a__b`) and reach the handler.
   */
  readonly environment?: Readonly<Record<string, string>>;
  /** Port of the stand-in on 127.0.0.1. Default 0: any free one. */
  readonly port?: number;
  /**
   * Behave as under `func start`: `Values` of local.settings.json and its two variables are added.
   * Default false.
   */
  readonly coreTools?: boolean;
  /**
   * Check keys by the functions' levels. Default: no checks, every caller is an administrator, as
   * under `func start`.
   */
  readonly enableAuth?: FunctionKeys;
  /**
   * After exit 0: `restart` uncounted (hosts since 2026-01), or `never-restart` (4.1037 and older).
   * Default `restart`.
   */
  readonly exit0?: 'restart' | 'never-restart';
  /** Value of `X-Azure-Functions-HostVersion`. Default `4.1037.0.0`, the host that was measured. */
  readonly hostVersion?: string;
  /**
   * Give the handler a parent process of its own, so that `abandonHandler()` can kill it. Default
   * false.
   */
  readonly separateParent?: boolean;
  /**
   * Wait for the handler's first answer. Default: host.json `initializationTimeout`, else 30,000.
   */
  readonly initializationTimeoutMs?: number;
  /**
   * Requests wait this long for the first readiness. Default: 4 times the initialization timeout.
   */
  readonly holdTimeoutMs?: number;
  /**
   * Limit of a whole request. Default: host.json `functionTimeout`, else 30 min (Flex Consumption).
   */
  readonly functionTimeoutMs?: number;
}

/**
 * The numbers in force: the test's option, then host.json or the environment, then the real host's.
 */
export function effectiveNumbers(
  options: FunctionsHostOptions,
  configuration: HostConfiguration,
  environment: Readonly<Record<string, string>>,
) {
  const bodyLimit = environment.FUNCTIONS_REQUEST_BODY_SIZE_LIMIT;
  const initializationTimeoutMs =
    options.initializationTimeoutMs ?? configuration.initializationTimeoutMs ?? 30_000;
  return {
    ...realNumbers,
    ...(bodyLimit !== undefined && { maxRequestBodyBytes: Number(bodyLimit) }),
    ...options,
    initializationTimeoutMs,
    holdTimeoutMs: options.holdTimeoutMs ?? 4 * initializationTimeoutMs,
    functionTimeoutMs:
      options.functionTimeoutMs ?? configuration.functionTimeoutMs ?? 30 * 60 * 1_000,
  };
}
