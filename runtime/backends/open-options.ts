// What the host gives to whoever opens a server, whatever its kind.

import type { Environment } from '../../config/env.ts';
import type { ResolvedTexts } from '../../config/resolved-texts.ts';
import type { HostConfig } from '../../config/schema.ts';
import type { Entering } from '../exchange/entered.ts';
import type { Caller, Era } from '../exchange/exchange.ts';
import type { RestartReason } from '../exchange/restarts.ts';
import type { ForbiddenAccess } from '../exchange/unavailability.ts';
import type { ChildrenMemory } from './children-memory.ts';
import type { Printer } from './printer.ts';

/** Where a backend reports what is unusual but does not keep the server from serving. */
export interface BackendLog {
  warn(message: string): void;
  debug(message: string): void;
  error(message: string, error: Error): void;
}

/** Where a server in a thread of its own runs. */
export interface ThreadPlace {
  /** What its environment begins with. */
  readonly environment: Readonly<Record<string, string>>;
  /** The thread of the try before; `terminate` tells whether it is gone. */
  readonly earlier: { thread?: { terminate(): Promise<boolean> } };
  /** Takes what it prints. */
  readonly printer: Printer;
}

/** Where lines with fields go; a pino logger is one. */
export interface FieldLog {
  isLevelEnabled(level: 'debug'): boolean;
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface OpenOptions {
  /** Folder of servers.yaml. */
  readonly directory: string;
  readonly host: HostConfig;
  readonly environment: Environment;
  /** The era that servers.lock.json names for this entry; it may have changed since. */
  readonly knownEra?: Era;
  /** The texts of the entry, with the variables of the host filled in. */
  readonly texts: ResolvedTexts;
  /** Called with the file that will be imported, before it is. */
  readonly onImport?: (moduleFile: string) => void;
  /**
   * What the module did to the process so far, if anything; `error` is what it threw, if it did.
   */
  readonly forbiddenAccess?: (error?: unknown) => ForbiddenAccess | undefined;
  /**
   * Called with the server that the module made. @throws Unavailability when it serves another
   * entry already.
   */
  readonly claim: (server: object) => void;
  /** Records what a module is running in the thread of the host; absent without a watchdog. */
  readonly entering?: Entering;
  readonly log: BackendLog;
  /** The same log, for what has fields. */
  readonly fieldLog: FieldLog;
  /** Tells and counts the unexpected end of a program or thread. */
  readonly ended: (what: 'program' | 'thread', reason: RestartReason, fields: object) => void;
  /** The memory of all programs that the host starts. */
  readonly childrenMemory: ChildrenMemory;
  /** Headers of the caller whose request starts the server; absent where no request does. */
  readonly callerHeaders?: Caller['headers'] | undefined;
  /** Absent for a server in the thread of the host. */
  readonly place?: ThreadPlace;
}
