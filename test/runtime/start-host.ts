// Starts this host in the test's own process from the text of a servers.yaml, with its log lines at
// hand.

import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Environment, readEnvironment } from '../../config/env.ts';
import { parseConfig } from '../../config/load.ts';
import type { ServersConfig } from '../../config/schema.ts';
import type { Observing } from '../../runtime/exchange/observer.ts';
import { createHost, type Host } from '../../runtime/host.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/servers');

export interface TestHost extends Host {
  /**
   * Base URL once {@link StartOptions.listen} was asked for; empty otherwise (use `app.inject`).
   */
  readonly url: string;
  /** Parsed log lines so far. */
  readonly logs: Record<string, unknown>[];
  /** The same as they were written. */
  readonly lines: string[];
}

export interface StartOptions {
  /** Text of servers.yaml; `module` paths are relative to test/fixtures/servers. */
  readonly yaml: string;
  /** In place of what the text says. */
  readonly config?: ServersConfig;
  readonly environment?: Partial<Environment>;
  /** Folder that `module` paths are relative to. Default: test/fixtures/servers. */
  readonly directory?: string;
  /** Listens on a free loopback port. Default: false. */
  readonly listen?: boolean;
  readonly observing?: Observing;
  /** Waits until all servers have loaded. Default: true. */
  readonly load?: boolean;
}

/** Starts a host that is closed when the test ends. */
export async function startHost(options: StartOptions): Promise<TestHost> {
  const host = await openHost(options);
  onTestFinished(() => host.close());
  return host;
}

/** Starts a host that the caller closes. */
export async function openHost(options: StartOptions): Promise<TestHost> {
  const logs: Record<string, unknown>[] = [];
  const lines: string[] = [];
  const host = await createHost({
    config:
      options.config ??
      parseConfig(options.yaml, join(options.directory ?? FIXTURES, 'servers.yaml')),
    environment: { ...readEnvironment({}), ...options.environment },
    ...(options.observing && { observing: options.observing }),
    logDestination: {
      write: (line: string) => {
        lines.push(line);
        logs.push(JSON.parse(line));
      },
    },
  });
  const url = options.listen ? await host.app.listen({ host: '127.0.0.1', port: 0 }) : '';
  if (options.load !== false) await host.load();
  return { ...host, url, logs, lines };
}
