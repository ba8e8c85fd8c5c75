// Texts that cost some microseconds to find out and are asked for repeatedly: performance.md.

const MAX_REMEMBERED = 1_000;

/** Forgets the oldest when it is full. */
export class Remembered {
  readonly #texts = new Map<string, string>();

  get(key: string): string | undefined {
    return this.#texts.get(key);
  }

  /** @returns the text. */
  keep(key: string, text: string): string {
    this.#texts.set(key, text);
    if (this.#texts.size > MAX_REMEMBERED) {
      const [oldest] = this.#texts.keys();
      this.#texts.delete(oldest as string);
    }
    return text;
  }
}
