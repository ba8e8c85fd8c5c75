// Imports a server module and finds the factory among its exports.

import { pathToFileURL } from 'node:url';
import { describeError } from '../../exchange/bounded-text.ts';
import { Unavailability } from '../../exchange/unavailability.ts';
import type { ServerFactory } from './factory.ts';
import { recogniseServer } from './sdk-server.ts';

export interface FactoryChoice {
  /** `module` as written in servers.yaml, for messages. */
  readonly specifier: string;
  /** `export` of servers.yaml; otherwise `createServer`, then the default export. */
  readonly exportName?: string;
  readonly instance: 'shared' | 'per-request';
}

/** @throws Unavailability `import-failed`. */
export async function importModule(file: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    throw new Unavailability(
      'import-failed',
      `The module threw while it was imported: ${describeError(error)} Fix: correct it, and restart the host: Node keeps a module that failed.`,
      { cause: error },
    );
  }
}

/** @throws Unavailability `no-factory` or `instance-not-shared`. */
export function chooseFactory(
  exports: Record<string, unknown>,
  choice: FactoryChoice,
): ServerFactory {
  const value = findExport(exports, choice.exportName);
  if (recogniseServer(value)) {
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
