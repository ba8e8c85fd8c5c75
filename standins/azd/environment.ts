// The azd environment: the values of .azure/<name>/.env over those of the shell.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';

export type Values = Readonly<Record<string, string>>;

export class AzdEnvironment {
  readonly #folder: string;
  readonly #variables: Values;
  #name: string | undefined;

  /** @param variables of the shell, or of a pipeline */
  constructor(folder: string, variables: Values) {
    this.#folder = folder;
    this.#variables = variables;
    this.#name = variables.AZURE_ENV_NAME;
  }

  /** Selects the environment; the first one stays. */
  select(name: () => string): void {
    this.#name ??= name();
    this.write({ AZURE_ENV_NAME: this.#name });
  }

  get values(): Values {
    try {
      return parseEnv(readFileSync(this.#file, 'utf8')) as Record<string, string>;
    } catch {
      return {};
    }
  }

  write(values: Readonly<Record<string, string | undefined>>): void {
    const all = { ...this.values, ...values };
    mkdirSync(dirname(this.#file), { recursive: true });
    const lines = Object.entries(all).map(([name, value]) => `${name}='${value}'\n`);
    writeFileSync(this.#file, lines.join(''));
  }

  /** The azd environment first, then the shell: environment.LookupEnv. */
  lookup(name: string): string | undefined {
    return this.values[name] ?? this.#variables[name];
  }

  /** What hooks see. */
  get forHooks(): Values {
    return { ...this.#variables, ...this.values };
  }

  get #file(): string {
    return join(this.#folder, '.azure', this.#name ?? 'none', '.env');
  }
}
