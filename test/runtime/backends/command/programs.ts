// Starts the misbehaving program of the fixtures through the real code, and tells what became of it.

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  type Child,
  type ChildEnd,
  type ChildOptions,
  startChild,
} from '../../../../runtime/backends/command/child.ts';
import type { JsonObject } from '../../../../runtime/exchange/exchange.ts';
import { eventually } from '../../../eventually.ts';

const FAULT = join(import.meta.dirname, '../../../fixtures/programs/fault.mjs');

export interface LogLine {
  readonly level: 'debug' | 'warn';
  readonly message: string;
  readonly [field: string]: unknown;
}

export interface Started {
  readonly child: Child;
  readonly messages: readonly JsonObject[];
  readonly ends: readonly ChildEnd[];
  readonly logged: readonly LogLine[];
  /** Sends a request. @returns its answer. */
  ask(method: string, params?: object): Promise<JsonObject>;
  /** Waits for a notification. @returns its params. */
  told(method: string): Promise<JsonObject>;
}

export function startFault(
  mode: string,
  args: readonly string[] = [],
  options: Partial<ChildOptions> = {},
): Promise<Started> {
  return start({ program: { file: process.execPath, args: [FAULT, mode, ...args] }, ...options });
}

export async function start(
  options: Partial<ChildOptions> & Pick<ChildOptions, 'program'>,
): Promise<Started> {
  const messages: JsonObject[] = [];
  const ends: ChildEnd[] = [];
  const logged: LogLine[] = [];
  const child = await startChild({
    env: { PATH: process.env.PATH ?? '' },
    cwd: tmpdir(),
    maxLineBytes: 1_048_576,
    log: {
      isLevelEnabled: () => true,
      debug: (fields, message) => logged.push({ level: 'debug', message, ...fields }),
      warn: (fields, message) => logged.push({ level: 'warn', message, ...fields }),
    },
    onMessage: (message) => messages.push(message),
    onEnd: (end) => ends.push(end),
    ...options,
  });
  onTestFinished(() => child.end('ended', 30));
  let id = 0;
  const found = (matches: (message: JsonObject) => boolean): Promise<JsonObject> =>
    eventually(() => {
      const message = messages.find(matches);
      if (!message)
        throw new Error(`Not told yet: ${JSON.stringify({ ends, logged }).slice(0, 2_000)}`);
      return message;
    });
  return {
    child,
    messages,
    ends,
    logged,
    ask: (method, params = {}) => {
      id += 1;
      const own = id;
      child.send({ jsonrpc: '2.0', id: own, method, params });
      return found((message) => message.id === own);
    },
    told: async (method) =>
      ((await found((message) => message.method === method)).params ?? {}) as JsonObject,
  };
}

/** Whether a process is there; one that is dead and not yet collected is not. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  const { readFile } = await import('node:fs/promises');
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => ') Z');
  return !/\) [ZX]/.test(stat);
}
