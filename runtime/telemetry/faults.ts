// Logs errors of the telemetry SDK and its exporters: the first one immediately, then one a minute.
// You must see that a destination is down, but it must not fill the log.

import { context, DiagLogLevel, diag, ROOT_CONTEXT } from '@opentelemetry/api';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import type { Logger } from 'pino';
import { bounded } from '../exchange/bounded-text.ts';

const INTERVAL_MS = 60_000;
const MAX_DETAIL_LENGTH = 512;

/** Lines with this text are not exported: their export would fail, too, and be reported again. */
export const FAULT_TEXT = 'telemetry fault';

export function reportFaults(log: Logger): void {
  let silentUntil = 0;
  let hidden = 0;
  const report = (...parts: readonly unknown[]): void => {
    const now = performance.now();
    if (now < silentUntil) {
      hidden++;
      return;
    }
    silentUntil = now + INTERVAL_MS;
    const detail = bounded(parts.map(textOf).join(' '), MAX_DETAIL_LENGTH);
    // Not the fault of the call in whose wake it was noticed.
    context.with(ROOT_CONTEXT, () =>
      log.error({ detail, ...(hidden > 0 && { hidden }) }, FAULT_TEXT),
    );
    hidden = 0;
  };
  const nothing = (): void => {};
  const logger = { error: report, warn: report, info: nothing, debug: nothing, verbose: nothing };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  setGlobalErrorHandler(report);
}

function textOf(part: unknown): string {
  if (part instanceof Error) return `${part.name}: ${part.message}`;
  return typeof part === 'string' ? part : '';
}
