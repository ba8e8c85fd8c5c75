// The host's own log: one JSON line per record, nothing on standard error. text-log.ts makes other
// lines of them for people.

import { type DestinationStream, type Logger, levels, pino, symbols } from 'pino';
import type { Environment } from '../../config/env.ts';
import { bounded } from '../exchange/bounded-text.ts';
import { NativePromise } from '../exchange/builtins.ts';
import type { Observing } from '../exchange/observer.ts';
import { ReadableStacks } from './readable-stack.ts';

const WARN = levels.values.warn as number;
const MAX_STACK_LENGTH = 4096;
const MAX_CAUSES = 3;

/** Decided once. Behind the Functions host it is always JSON: queries read what that copies. */
export function isTextLog(
  { behindFunctionsHost, logFormat }: Pick<Environment, 'behindFunctionsHost' | 'logFormat'>,
  isTerminal: boolean,
): boolean {
  if (behindFunctionsHost) return false;
  return logFormat === undefined ? isTerminal : logFormat === 'text';
}

/**
 * Records are made of named, bounded fields, so there is no header, body or argument that could
 * hold a secret.
 * @param destination standard output, or what a test reads.
 * @param observing who gets the lines that are exported, once it has loaded.
 */
export function createLogger(
  environment: Environment,
  destination: DestinationStream,
  observing: Observing = {},
): Logger {
  const stacks = new ReadableStacks();
  const options = {
    level: environment.logLevel,
    // The Functions host adds process and machine to each line itself.
    base: null,
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: createTimestamp(),
    serializers: { err: (error: unknown) => describeFault(error, stacks) },
  };
  if (!environment.telemetry) return pino(options, destination);
  const mixin = (): object => observing.logMembers?.() ?? {};
  return pino({ ...options, mixin }, exporting(destination, observing));
}

/**
 * @returns a function that writes the time as a member of a line. Kept per millisecond:
 * performance.md.
 */
function createTimestamp(): () => string {
  let writtenMs = 0;
  let member = '';
  return () => {
    const nowMs = Date.now();
    if (nowMs !== writtenMs) {
      writtenMs = nowMs;
      member = `,"time":"${new Date(nowMs).toISOString()}"`;
    }
    return member;
  };
}

interface Flushable {
  flush(done: () => void): void;
}

/** Passes lines on, and those of level warn and above to the observer as well. */
function exporting(destination: DestinationStream, observing: Observing): DestinationStream {
  const stream = {
    [symbols.needsMetadataGsym]: true,
    lastLevel: 0,
    write(line: string): void {
      destination.write(line);
      if (stream.lastLevel >= WARN) observing.exportLine?.(line);
    },
    flush(done: () => void): void {
      if ('flush' in destination) (destination as Flushable).flush(done);
      else done();
    },
  };
  return stream;
}

/**
 * Resolves when the lines so far are written: the end of the process would cut off a write that
 * waits for its reader.
 */
export function written(log: Logger): Promise<void> {
  return new NativePromise((resolve) => {
    log.flush(() => resolve());
  });
}

/** Cut first: what an error carries has any length. */
function readable(stack: unknown, stacks: ReadableStacks): string | undefined {
  const text = bounded(stack, MAX_STACK_LENGTH);
  return text && stacks.read(text);
}

/**
 * What names a fault, whatever was thrown. Errors of HTTP libraries also carry requests with their
 * credentials.
 */
function describeFault(error: unknown, stacks: ReadableStacks, depth = 0): unknown {
  try {
    if (!(error instanceof Error)) return bounded(error, MAX_STACK_LENGTH) ?? `a thrown ${error}`;
    const { name, message, stack, code, cause } = error as NodeJS.ErrnoException;
    return {
      type: name,
      message: bounded(message, MAX_STACK_LENGTH),
      stack: bounded(readable(stack, stacks), MAX_STACK_LENGTH),
      code: bounded(code),
      ...(cause !== undefined &&
        depth < MAX_CAUSES && { cause: describeFault(cause, stacks, depth + 1) }),
    };
  } catch {
    return 'an error that cannot be read';
  }
}
