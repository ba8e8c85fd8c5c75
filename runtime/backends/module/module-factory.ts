// Imports a server module and finds the factory among its exports.

import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { pathToFileURL } from 'node:url';
import { describeError } from '../../exchange/bounded-text.ts';
import { isOutOfFiles, Unavailability } from '../../exchange/unavailability.ts';
import type { ServerFactory } from './factory.ts';
import { recognizeServer } from './sdk-server.ts';

export interface FactoryChoice {
  /** `module` as written in servers.yaml, for messages. */
  readonly specifier: string;
  /** `export` of servers.yaml; otherwise `createServer`, then the default export. */
  readonly exportName?: string;
  readonly instance: 'shared' | 'per-request';
}

/** An import opens several at once. */
const FILES_OF_IMPORT = 16;

/** @throws Unavailability `import-failed`. */
export async function importModule(file: string): Promise<Record<string, unknown>> {
  refuseTooManyFiles();
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    if (isOutOfFiles(error)) throw outOfFiles(error);
    throw new Unavailability(
      'import-failed',
      `The module threw while it was imported: ${describeError(error)} Fix: correct the module, and restart the host, because Node caches a module that failed.`,
      { cause: error },
    );
  }
}

/**
 * Looked at before the import, because of one that ran out of them Node may keep a part that failed.
 * @throws Unavailability `import-failed`, which is tried again.
 */
function refuseTooManyFiles(): void {
  const files: number[] = [];
  try {
    while (files.length < FILES_OF_IMPORT) files.push(openSync(devNull, 'r'));
  } catch (cause) {
    throw outOfFiles(cause);
  } finally {
    for (const file of files) closeSync(file);
  }
}

function outOfFiles(cause: unknown): Unavailability {
  return new Unavailability(
    'import-failed',
    `The module cannot be imported, because the process has too many open files and connections: ${describeError(cause)}. The host tries again. Fix: raise the limit of open files (ulimit -n), and on Node 20, which caches a module that failed, restart the host.`,
    { cause },
  );
}

/** @throws Unavailability `no-factory` or `instance-not-shared`. */
export function chooseFactory(
  exports: Record<string, unknown>,
  choice: FactoryChoice,
): ServerFactory {
  const value = findExport(exports, choice.exportName);
  if (recognizeServer(value)) {
    if (choice.instance === 'shared') return () => value;
    throw new Unavailability(
      'instance-not-shared',
      `${choice.specifier} exports a server instead of a factory. Fix: export a function that builds a new server, or set \`instance: shared\` if one server may serve all callers.`,
    );
  }
  if (typeof value === 'function') return value as ServerFactory;
  const wanted = choice.exportName
    ? `an export \`${choice.exportName}\``
    : 'an export `createServer` or a default export';
  const names = Object.keys(exports).join(', ') || 'nothing';
  throw new Unavailability(
    'no-factory',
    `${choice.specifier} has no factory: expected ${wanted} that is a function, got exports ${names}. Fix: export one, or name it with \`export\`.`,
  );
}

function findExport(exports: Record<string, unknown>, name: string | undefined): unknown {
  // A CommonJS module's exports arrive as the default export, those of a compiled ES module one
  // level deeper.
  const nested = exports.default as Record<string, unknown> | null | undefined;
  const inner = nested?.__esModule ? nested.default : undefined;
  if (name && name !== 'default') return exports[name] ?? nested?.[name];
  const named = name ? undefined : (exports.createServer ?? nested?.createServer);
  return named ?? inner ?? exports.default;
}
