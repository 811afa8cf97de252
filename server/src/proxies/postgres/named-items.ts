/** Items under names, with a count of what they take. */
export class NamedItems<Item> {
  readonly #bytesOf: (item: Item) => number;
  #items = new Map<string, Item>();
  #bytes = 0;

  constructor(bytesOf: (item: Item) => number) {
    this.#bytesOf = bytesOf;
  }

  get size(): number {
    return this.#items.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(name: string): Item | undefined {
    return this.#items.get(name);
  }

  set(name: string, item: Item): void {
    this.delete(name);
    this.#items.set(name, item);
    this.#bytes += this.#bytesOf(item);
  }

  delete(name: string): void {
    const item = this.#items.get(name);
    if (item === undefined) return;
    this.#items.delete(name);
    this.#bytes -= this.#bytesOf(item);
  }

  clear(): void {
    // An emptied map is a new one inside; this is called after every statement.
    if (this.#items.size === 0) return;
    this.#items.clear();
    this.#bytes = 0;
  }
}
