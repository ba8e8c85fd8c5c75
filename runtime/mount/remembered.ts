// Texts that cost some microseconds to find out and are asked for again and again: performance.md.

const MAX_REMEMBERED = 1_000;

/** Forgets everything when it is full: what is asked for again is soon there again. */
export class Remembered {
  readonly #texts = new Map<string, string>();

  get(key: string): string | undefined {
    return this.#texts.get(key);
  }

  /** @returns the text. */
  keep(key: string, text: string): string {
    if (this.#texts.size >= MAX_REMEMBERED) this.#texts.clear();
    this.#texts.set(key, text);
    return text;
  }
}
