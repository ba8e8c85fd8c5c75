// Handles errors that nothing catches: it logs them with the name of their server, and ends the
// process only if continuing could harm other servers.

import type { Logger } from 'pino';
import type { Environment } from '../../config/env.ts';
import { describeError } from '../exchange/bounded-text.ts';
import type { HostedServer } from '../exchange/hosted-server.ts';
import { type LineLimits, NO_SERVER } from '../exchange/line-limit.ts';
import { isHarmless } from '../exchange/uncaught-error.ts';
import type { CrashNotes } from './crash-notes.ts';
import { CRASH_DRAIN_LIMIT_MS, type Lifecycle } from './lifecycle.ts';
import { printFatalError } from './print-fatal-error.ts';
import type { ProcessGuard } from './process-guard.ts';
import { hearErrors } from './unheard-errors.ts';

export interface WatchedParts {
  readonly guard: ProcessGuard;
  readonly lifecycle: Lifecycle;
  readonly servers: readonly HostedServer[];
  readonly log: Logger;
  readonly limits: LineLimits;
  readonly environment: Environment;
  /** Present behind the Functions host. */
  readonly crashNotes: CrashNotes | undefined;
  /** Whether all servers serve or are unavailable. */
  readonly isLoaded: () => boolean;
}

/** The Functions host starts the process again and does not count it. */
const EXIT_RESTART = 200;
const EXIT_FAILURE = 1;

/**
 * A rejection that no one awaited harms no one else; an uncaught exception may have left anything
 * half done. Captured, not listened to: a server's own listeners (which often end the process) are
 * then not called.
 */
export function watchErrors(parts: WatchedParts): void {
  const { guard } = parts;
  guard.keepListener('unhandledRejection', (error) => report('unhandled rejection', error, parts));
  guard.keepCaptureCallback((error) => {
    const names = guard.serversOf(error);
    try {
      report('uncaught exception', error, parts);
      if (isHarmless(error) || isOutOfService(names, parts.servers)) return;
      const where = names.length > 0 ? ` in servers.${nameServers(names)}` : '';
      printFatalError(`uncaught exception${where}: ${describeError(error)}`, parts.environment);
    } catch {
      // What tells of it is broken, so this process can be trusted even less.
    }
    crash(names, parts);
  });
  hearErrors(guard, (error) => report('uncaught exception', error, parts));
}

function report(what: string, error: unknown, { guard, log, limits }: WatchedParts): void {
  const server = nameServers(guard.serversOf(error));
  if (limits.uncaught.allows(server ?? NO_SERVER)) log.error({ server, err: error }, what);
}

/**
 * Before the servers are loaded, each new process may fail in the same way: that must be counted.
 * Later the next process serves again, and a server that ends several has a pause.
 */
function crash(names: readonly string[], parts: WatchedParts): void {
  const { lifecycle, crashNotes, isLoaded, log } = parts;
  const reason = 'uncaught exception';
  if (lifecycle.isEnding) return;
  if (!crashNotes || !isLoaded()) {
    lifecycle.crash(reason, EXIT_FAILURE, 0);
    return;
  }
  const { isWritten, mayRepeat } = crashNotes.add(names);
  if (!isWritten) log.warn({ file: crashNotes.file }, 'the crash could not be recorded');
  // No pause would end these crashes, so they are at least made rare.
  lifecycle.crash(reason, EXIT_RESTART, mayRepeat ? CRASH_DRAIN_LIMIT_MS : 0);
}

function nameServers(names: readonly string[]): string | undefined {
  return names.length > 0 ? names.join(', ') : undefined;
}

/**
 * Whether no one is served by the code that threw: a loading or unavailable server can leave
 * nothing half done.
 */
function isOutOfService(names: readonly string[], servers: readonly HostedServer[]): boolean {
  const owners = servers.filter(({ config }) => names.includes(config.name));
  return owners.length > 0 && owners.every(({ state }) => state.is !== 'serving');
}
