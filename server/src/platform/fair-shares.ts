/**
 * Places, or bytes, that several owners share, each as many as it needs as long as others have enough: nobody takes more than are left free for
 * the rest (dynamic thresholds, Choudhury and Hahne 1998).
 *
 * Guarantees that one owner alone never has more than half of them, several that want all the same number, and one that has none a
 * place wherever there are two free ones.
 */
export interface FairShares {
  /** False where its owner would have more than its share. `count`: 1 unless said. */
  take(owner: string, count?: number): boolean;
  give(owner: string, count?: number): void;
}

export function fairShares(placesMax: number): FairShares {
  const taken = new Map<string, number>();
  let free = placesMax;
  return {
    take(owner, count = 1) {
      const own = taken.get(owner) ?? 0;
      // Behind it: no more than one above what is left.
      if (own + count > free - count + 1) return false;
      taken.set(owner, own + count);
      free -= count;
      return true;
    },
    give(owner, count = 1) {
      const left = (taken.get(owner) ?? 0) - count;
      if (left < 0) throw new TypeError("it has not so much to give back");
      if (left === 0) taken.delete(owner);
      else taken.set(owner, left);
      free += count;
    },
  };
}
