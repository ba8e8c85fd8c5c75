// The host's own log: one JSON line per record on standard output, nothing on standard error.

import {
  type DestinationStream,
  destination as fileDestination,
  type Logger,
  pino,
  stdTimeFunctions,
} from 'pino';
import type { Environment } from '../config/env.ts';

/**
 * Records are made of named, bounded fields, so there is no header, body or argument that could hold a secret.
 * @param destination for tests; standard output otherwise.
 */
export function createLogger(environment: Environment, destination?: DestinationStream): Logger {
  const options = {
    level: environment.logLevel,
    // The Functions host adds process and machine to each line itself.
    base: null,
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: stdTimeFunctions.isoTime,
  };
  return pino(options, destination ?? fileDestination({ fd: 1, sync: false }));
}
