import assert from "node:assert";

/** Repeatable draws: the same seed gives the same sequence on every machine. Not for secrets. */
export interface Draw {
  /** A whole number from 0 up to, but not including, `limit`. */
  below(limit: number): number;
  oneOf<Item>(items: readonly Item[]): Item;
  digits(count: number): string;
}

/** A linear congruential generator of 64 bits (constants of Knuth's MMIX) of which the top 32 are used. */
export function createDraw(seed: number): Draw {
  let state = BigInt(seed);
  const below = (limit: number): number => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number(((state >> 32n) * BigInt(limit)) >> 32n);
  };
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
