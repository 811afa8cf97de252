/**
 * Places that several owners share, each as many as it needs as long as others have enough: nobody takes more than are left free for
 * the rest (dynamic thresholds, Choudhury and Hahne 1998).
 *
 * Guarantees that one owner alone never has more than half of them, several that want all the same number, and one that has none a
 * place wherever there are two free ones.
 */
export interface FairShares {
  /** False where its owner has its share. */
  take(owner: string): boolean;
  give(owner: string): void;
}

export function fairShares(placesMax: number): FairShares {
  const taken = new Map<string, number>();
  let free = placesMax;
  return {
    take(owner) {
      const own = taken.get(owner) ?? 0;
      if (own >= free) return false;
      taken.set(owner, own + 1);
      free -= 1;
      return true;
    },
    give(owner) {
      const left = (taken.get(owner) ?? 0) - 1;
      if (left < 0) throw new TypeError("it has no place to give back");
      if (left === 0) taken.delete(owner);
      else taken.set(owner, left);
      free += 1;
    },
  };
}
