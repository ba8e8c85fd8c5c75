// A set for items that come and go with every request. Why not `Set`: performance.md.

export class ShortLivedSet<T> implements Iterable<T> {
  readonly #all: T[] = [];

  get size(): number {
    return this.#all.length;
  }

  /** @param member is not in it. */
  add(member: T): void {
    this.#all.push(member);
  }

  /** Takes time by the number of members, as {@link find} does. */
  delete(member: T): void {
    const at = this.#all.indexOf(member);
    if (at === -1) return;
    const last = this.#all.pop() as T;
    if (at < this.#all.length) this.#all[at] = last;
  }

  find(isWanted: (member: T) => boolean): T | undefined {
    return this.#all.find(isWanted);
  }

  count(isCounted: (member: T) => boolean): number {
    let count = 0;
    for (const member of this.#all) if (isCounted(member)) count += 1;
    return count;
  }

  /** Those that are in it now, in no order: they may leave while they are looked at. */
  [Symbol.iterator](): Iterator<T> {
    return this.#all.slice().values();
  }
}
