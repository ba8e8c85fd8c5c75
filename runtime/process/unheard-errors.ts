// Errors of child processes and sockets that a server forgot to listen to: a program that is
// missing, an address that refuses. They would be uncaught exceptions without a trace of the server.

import { subscribe } from 'node:diagnostics_channel';
import type { EventEmitter } from 'node:events';
import { errorHere } from '../exchange/uncaught-error.ts';
import type { ProcessGuard } from './process-guard.ts';

/** Node publishes each of them while its creator is on the stack. */
const CHANNELS = [
  ['child_process', 'process'],
  ['net.client.socket', 'socket'],
] as const;

/** @param report called with an error that no one else listens to. */
export function hearErrors(guard: ProcessGuard, report: (error: unknown) => void): void {
  const hear = (emitter: EventEmitter): void => {
    const servers = guard.serversOf(errorHere());
    if (servers.length === 0) return;
    emitter.on('error', (error) => {
      guard.attribute(error, servers);
      if (emitter.listenerCount('error') === 1) report(error);
    });
  };
  for (const [channel, member] of CHANNELS) {
    subscribe(channel, (message) =>
      hear((message as Record<string, EventEmitter>)[member] as EventEmitter),
    );
  }
}
