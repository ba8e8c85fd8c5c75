// Metrics of the host itself: what is in flight, refused, unavailable or lost, and how long the
// event loop waits.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Meter } from '@opentelemetry/api';
import type { HostedServer } from '../exchange/hosted-server.ts';
import type { Refused } from '../exchange/observer.ts';
import { SIGNALS, type Signal } from './deliveries.ts';
import { ATTRIBUTES, METRICS } from './names.ts';

export interface HostMetrics {
  refused(refused: Refused): void;
}

const NANOSECONDS_PER_SECOND = 1e9;

/** @param lost how many spans or log records reached no destination. */
export function createHostMetrics(
  meter: Meter,
  servers: readonly HostedServer[],
  lost: (signal: Signal) => number,
): HostMetrics {
  const rejections = meter.createCounter(METRICS.rejections, {
    description: 'Requests that the host refused before they became MCP messages.',
  });
  // A total, which is sent again until it arrives: a count of each interval would be lost with what
  // it counts.
  meter
    .createObservableGauge(METRICS.dropped, {
      description: 'Spans and log records that were not delivered, since the process started.',
    })
    .addCallback((result) => {
      for (const signal of SIGNALS) {
        const count = lost(signal);
        if (count > 0) result.observe(count, { [ATTRIBUTES.signal]: signal });
      }
    });
  meter
    .createObservableGauge(METRICS.inFlight, { description: 'Messages in progress.' })
    .addCallback((result) => {
      for (const { config, inFlight } of servers) {
        result.observe(inFlight.size, { [ATTRIBUTES.serverName]: config.name });
      }
    });
  meter
    .createObservableGauge(METRICS.unavailable, { description: 'Servers that are unavailable.' })
    .addCallback((result) => {
      for (const { config, state } of servers) {
        if (state.is !== 'unavailable') continue;
        const attributes = {
          [ATTRIBUTES.serverName]: config.name,
          [ATTRIBUTES.reason]: state.word ?? 'unknown',
        };
        result.observe(1, attributes);
      }
    });
  meter
    .createObservableGauge(METRICS.toolsChanged, {
      description: 'Tools that differ from servers.lock.json.',
    })
    .addCallback((result) => {
      for (const { config, state } of servers) {
        const { length = 0 } = state.toolsChanged ?? [];
        if (length > 0) result.observe(length, { [ATTRIBUTES.serverName]: config.name });
      }
    });
  meter
    .createObservableCounter(METRICS.restarts, {
      description: 'Programs and threads of servers that ended unexpectedly.',
    })
    .addCallback((result) => {
      for (const { config, restarts } of servers) {
        for (const [reason, count] of restarts?.byReason ?? []) {
          const attributes = {
            [ATTRIBUTES.serverName]: config.name,
            [ATTRIBUTES.reason]: reason,
          };
          result.observe(count, attributes);
        }
      }
    });
  observeHeld(meter, servers);
  observeEventLoop(meter);
  return {
    refused({ server, reason, status }) {
      rejections.add(1, {
        ...(server && { [ATTRIBUTES.serverName]: server }),
        [ATTRIBUTES.reason]: reason,
        [ATTRIBUTES.httpStatus]: status,
      });
    },
  };
}

/** What callers make the process hold. */
function observeHeld(meter: Meter, servers: readonly HostedServer[]): void {
  meter
    .createObservableGauge(METRICS.waiting, {
      description: 'Calls and streams that are waiting for their clients.',
    })
    .addCallback((result) => {
      for (const { config, waiting } of servers) {
        result.observe(waiting, { [ATTRIBUTES.serverName]: config.name });
      }
    });
  meter
    .createObservableGauge(METRICS.heldBytes, {
      unit: 'By',
      description:
        'Memory held by request bodies, arguments of waiting calls and unread answers, in bytes.',
    })
    .addCallback((result) => {
      for (const { config, share } of servers) {
        result.observe(share.heldBytes, { [ATTRIBUTES.serverName]: config.name });
      }
    });
}

function observeEventLoop(meter: Meter): void {
  const delay = monitorEventLoopDelay();
  delay.enable();
  meter
    .createObservableGauge(METRICS.eventLoopDelay, {
      unit: 's',
      description: 'Event loop delay, 99th percentile since the last export.',
    })
    .addCallback((result) => {
      result.observe(delay.percentile(99) / NANOSECONDS_PER_SECOND);
      delay.reset();
    });
}
