// Names the variables that replace secrets: one name for each secret.

/** A variable that somebody must set where the host runs. */
export interface WantedVariable {
  readonly name: string;
  /** Where its value is: "env.API_KEY of weather". */
  readonly from: string;
}

/** UPPER_CASE, from whatever a person has named something. */
export function variableName(...parts: readonly string[]): string {
  const name = parts
    .join('_')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
  return /^[A-Z]/.test(name) ? name : `V_${name}`;
}

export class Variables {
  readonly #secrets = new Map<string, string>();
  readonly #wanted = new Map<string, WantedVariable>();

  /**
   * The name of the variable for a secret. Two secrets of one name get two.
   * @param names the first one that is free, or has this secret, is taken
   */
  name(secret: string, names: readonly string[], from: string): string {
    const numbered = Array.from({ length: 1_000 }, (_, index) => `${names.at(-1)}_${index + 2}`);
    const name = [...names, ...numbered].find(
      (candidate) => (this.#secrets.get(candidate) ?? secret) === secret,
    );
    if (name === undefined) throw new Error('too many secrets have the same name');
    this.#secrets.set(name, secret);
    this.want(name, from);
    return name;
  }

  /** A variable that the client's file names itself. */
  want(name: string, from: string): void {
    if (!this.#wanted.has(name)) this.#wanted.set(name, { name, from });
  }

  wanted(): WantedVariable[] {
    return [...this.#wanted.values()];
  }
}
