/** Items under names, with a count of what they take. */
export class NamedItems<Item> {
  readonly #bytesOf: (item: Item) => number;
  readonly #named = new Map<string, Item>();
  /**
   * Apart, because it comes and goes with every statement: a Map makes a new table inside every few changes, and each is
   * kept for as long as its predecessor is garbage not yet collected.
   */
  #unnamed: Item | undefined;
  #bytes = 0;

  constructor(bytesOf: (item: Item) => number) {
    this.#bytesOf = bytesOf;
  }

  get size(): number {
    return this.#named.size + (this.#unnamed === undefined ? 0 : 1);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(name: string): Item | undefined {
    return name === "" ? this.#unnamed : this.#named.get(name);
  }

  /** Those that have a name. */
  named(): Iterable<readonly [string, Item]> {
    return this.#named;
  }

  set(name: string, item: Item): void {
    this.delete(name);
    if (name === "") this.#unnamed = item;
    else this.#named.set(name, item);
    this.#bytes += this.#bytesOf(item);
  }

  delete(name: string): void {
    const item = this.get(name);
    if (item === undefined) return;
    if (name === "") this.#unnamed = undefined;
    else this.#named.delete(name);
    this.#bytes -= this.#bytesOf(item);
  }

  clear(): void {
    this.#unnamed = undefined;
    if (this.#named.size > 0) this.#named.clear();
    this.#bytes = 0;
  }
}
