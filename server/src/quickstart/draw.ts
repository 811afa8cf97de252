import assert from "node:assert";

/** Repeatable draws: the same seed gives the same sequence on every machine. Not for secrets. */
export interface Draw {
  /** A whole number from 0 up to, but not including, `limit`. */
  below(limit: number): number;
  oneOf<Item>(items: readonly Item[]): Item;
  digits(count: number): string;
}

/** Chris Doty-Humphrey's sfc32 of PractRand: 128 bits of state, in whole numbers of 32 bits alone. */
export function createDraw(seed: number): Draw {
  let [a, b, c, counter] = [0, seed, 0, 1];
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  // The first values still show the seed.
  for (let round = 0; round < 12; round += 1) next();
  const below = (limit: number): number => Math.floor((next() / 2 ** 32) * limit);
  return {
    below,
    oneOf: (items) => itemAt(items, below(items.length)),
    digits: (count) => Array.from({ length: count }, () => below(10)).join(""),
  };
}

export function itemAt<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  assert(item !== undefined, "the index is within the list");
  return item;
}
