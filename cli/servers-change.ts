// One change of servers.yaml from the command line: read, checked whole, shown, and written at once.

import { ConfigError, type Diagnostic } from '../config/diagnostics.ts';
import { parseConfig } from '../config/load.ts';
import type { ServersConfig } from '../config/schema.ts';
import { findProblems } from './commands/check.ts';
import { ExplainedError } from './explained-error.ts';
import { type FileText, readTarget, replaceTarget } from './replace-file.ts';
import type { Terminal } from './terminal.ts';
import { diffLines } from './text-diff.ts';

const BYTE_ORDER_MARK = '\ufeff';

export class ServersChange {
  /** Without a byte order mark. */
  readonly before: string;
  readonly #file: string;
  readonly #target: FileText;
  #after: string;

  /** @param file servers.yaml; none is an empty one. */
  constructor(file: string) {
    this.#file = file;
    this.#target = readTarget(file);
    this.before = this.#target.text;
    this.#after = this.before;
  }

  /**
   * Nothing is written yet.
   * @throws ConfigError for what servers.yaml would then be
   */
  to(text: string): ServersConfig {
    const config = parseConfig(text, this.#file);
    this.#after = text;
    return config;
  }

  show(terminal: Terminal): void {
    terminal.print('servers.yaml');
    for (const line of diffLines(this.before, this.#after)) terminal.print(line);
  }

  write(): void {
    const hasMark = this.#target.bytes?.subarray(0, 3).toString('hex') === 'efbbbf';
    replaceTarget(this.#file, this.#target, `${hasMark ? BYTE_ORDER_MARK : ''}${this.#after}`);
  }
}

/** What `check` says now and has not said before. */
export class NewFindings {
  readonly #known: ReadonlySet<string>;

  constructor() {
    this.#known = new Set(found().all.map(textOf));
  }

  /** @returns warnings. @throws ConfigError for problems */
  look(): readonly Diagnostic[] {
    const { problems, all } = found();
    const added = all.filter((each) => !this.#known.has(textOf(each)));
    const wrong = added.filter((each) => problems.includes(each));
    if (wrong.length > 0) throw new ConfigError(wrong);
    return added;
  }
}

function found() {
  const { problems, warnings } = findProblems({
    withVariables: false,
    hasGateway: false,
    forAzure: false,
  });
  return { problems, all: [...problems, ...warnings] };
}

/** Lines move when something is added above. */
function textOf({ path, message }: Diagnostic): string {
  return `${path} ${message}`;
}

/** @throws ExplainedError that holds what a person can put into the file. */
export function noPlace(what: string, lines: string): never {
  throw new ExplainedError(
    `servers.yaml cannot be changed safely here; nothing was changed`,
    `${what}:\n${lines}`,
  );
}
