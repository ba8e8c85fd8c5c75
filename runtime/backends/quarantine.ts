// Why a server does not serve: a fixed reason word for clients and /readyz, and a sentence for the log.

/** Fixed words; part of the documented interface. */
export type QuarantineReason =
  | 'missing-variable'
  | 'module-not-found'
  | 'not-built'
  | 'import-failed'
  | 'ends-process'
  | 'connects-stdio'
  | 'no-factory'
  | 'instance-not-shared'
  | 'factory-failed'
  | 'no-handshake'
  | 'faulty-sdk'
  | 'start-timeout'
  | 'crashing';

/** Thrown while a server is opened; the host keeps serving the others. */
export class Quarantine extends Error {
  readonly reason: QuarantineReason;
  /** Names of environment variables without which the server cannot serve. */
  readonly missing: readonly string[] | undefined;

  /** @param message for the operator: what happened and how to fix it. May name files; never sent to clients. */
  constructor(
    reason: QuarantineReason,
    message: string,
    cause?: unknown,
    missing?: readonly string[],
  ) {
    super(message, { cause });
    this.name = 'Quarantine';
    this.reason = reason;
    this.missing = missing;
  }
}

/** The first line of what was thrown, for a message; never throws itself. */
export function describeError(error: unknown): string {
  try {
    const text = String(error instanceof Error ? error.message : error);
    return text.split('\n', 1)[0] ?? '';
  } catch {
    return 'something that cannot be read';
  }
}
