// Why a server is unavailable: a fixed word for clients and /readyz, a sentence for the log, and
// whether trying again can help.

/** Fixed words, and whether the host tries again; part of the documented interface. */
const WORDS = {
  'missing-variable': { isFinal: true },
  'module-not-found': { isFinal: true },
  'not-built': { isFinal: true },
  'program-not-found': { isFinal: true },
  // The system may have had too little of something.
  'program-not-started': { isFinal: false },
  // Node keeps a module that failed, so importing it again in this thread fails alike. What fails for
  // too many open files is tried again, whatever its word.
  'import-failed': { isFinal: true },
  'native-addon': { isFinal: true },
  'ends-process': { isFinal: true },
  'connects-stdio': { isFinal: true },
  'no-factory': { isFinal: true },
  'instance-not-shared': { isFinal: true },
  'server-in-use': { isFinal: true },
  'faulty-sdk': { isFinal: true },
  // Its second call may have failed by chance.
  'factory-works-once': { isFinal: false },
  'factory-failed': { isFinal: false },
  'no-handshake': { isFinal: false },
  'not-mcp': { isFinal: false },
  'not-listening': { isFinal: false },
  'start-timeout': { isFinal: false },
  crashing: { isFinal: false },
  blocked: { isFinal: false },
  'duplicate-tools': { isFinal: false },
  'server-ended': { isFinal: false },
  stuck: { isFinal: true },
  'no-member': { isFinal: false },
  'invalid-setting': { isFinal: true },
  unreachable: { isFinal: false },
  // A name may resolve to another address later.
  'forbidden-address': { isFinal: false },
  'upstream-redirect': { isFinal: false },
  'upstream-auth': { isFinal: false },
  'upstream-token': { isFinal: false },
} as const;

export type UnavailabilityWord = keyof typeof WORDS;

export const UNAVAILABILITY_WORDS = Object.keys(WORDS) as readonly UnavailabilityWord[];

/** What no module may do to the process that it shares. */
export type ForbiddenAccess = Extract<UnavailabilityWord, 'ends-process' | 'connects-stdio'>;

export interface UnavailabilityDetails {
  readonly cause?: unknown;
  /** Names of environment variables without which the server cannot serve. */
  readonly missing?: readonly string[];
  /** When to try again, milliseconds from now. Default: a time that doubles with each failure. */
  readonly retryAfterMs?: number;
  /** Trying again may help, although the word says that it cannot. */
  readonly mayRetry?: boolean;
}

/** The process or the system has as many files open as it may. */
const OUT_OF_FILES = new Set<unknown>(['EMFILE', 'ENFILE']);
/** Whether files are closed does not depend on how often the host looks. */
const OUT_OF_FILES_RETRY_MS = 500;

/** Thrown while a server is opened; the host keeps serving the others. */
export class Unavailability extends Error {
  override readonly name = 'Unavailability';
  readonly word: UnavailabilityWord;
  readonly missing: readonly string[] | undefined;
  readonly retryAfterMs: number | undefined;
  /** Whether trying again in this process cannot help. */
  readonly isFinal: boolean;

  /**
   * @param message for the operator: what happened and how to fix it. May name files; never sent to
   * clients.
   */
  constructor(word: UnavailabilityWord, message: string, details: UnavailabilityDetails = {}) {
    super(message, { cause: details.cause });
    this.word = word;
    this.missing = details.missing;
    const isShort = isOutOfFiles(details.cause);
    this.retryAfterMs = details.retryAfterMs ?? (isShort ? OUT_OF_FILES_RETRY_MS : undefined);
    this.isFinal = WORDS[word].isFinal && details.mayRetry !== true && !isShort;
  }
}

/** Whether the error, or one that caused it, says that no further file can be opened. */
export function isOutOfFiles(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return OUT_OF_FILES.has((error as NodeJS.ErrnoException).code) || isOutOfFiles(error.cause);
}
