/** A map that keeps what was used last, within a number of bytes that its owner estimates. */
export interface RecentMap<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value, bytes: number): void;
}

export function createRecentMap<Value>(bytesMax: number): RecentMap<Value> {
  // A Map is in the order of insertion, so that what is put back when it is used stands last.
  const entries = new Map<string, { readonly value: Value; readonly bytes: number }>();
  let total = 0;

  const remove = (key: string): void => {
    total -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  };

  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, bytes) {
      remove(key);
      if (bytes > bytesMax) return;
      entries.set(key, { value, bytes });
      total += bytes;
      for (const oldest of entries.keys()) {
        if (total <= bytesMax) return;
        remove(oldest);
      }
    },
  };
}
