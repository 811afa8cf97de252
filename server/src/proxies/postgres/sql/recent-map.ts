/** A map that keeps what was used last, within a number of bytes that its owner estimates. */
export interface RecentMap<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value, bytes: number): void;
}

/** Between the entry that was used before it and the one that was used after it. */
interface Entry<Value> {
  readonly key: string;
  readonly value: Value;
  readonly bytes: number;
  before: Entry<Value> | null;
  after: Entry<Value> | null;
}

/**
 * The order of use is a list through the entries. Putting a Map's own entry back at its end would do the same, but
 * makes a new table inside every few uses, and each is kept for as long as its predecessor is garbage not yet collected.
 */
export function createRecentMap<Value>(bytesMax: number): RecentMap<Value> {
  const entries = new Map<string, Entry<Value>>();
  let oldest: Entry<Value> | null = null;
  let latest: Entry<Value> | null = null;
  let total = 0;

  const isTooMuch = (): boolean => total > bytesMax;

  const unlink = ({ before, after }: Entry<Value>): void => {
    if (before === null) oldest = after;
    else before.after = after;
    if (after === null) latest = before;
    else after.before = before;
  };

  const append = (entry: Entry<Value>): void => {
    entry.before = latest;
    entry.after = null;
    if (latest === null) oldest = entry;
    else latest.after = entry;
    latest = entry;
  };

  const remove = (entry: Entry<Value>): void => {
    unlink(entry);
    entries.delete(entry.key);
    total -= entry.bytes;
  };

  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      if (entry !== latest) {
        unlink(entry);
        append(entry);
      }
      return entry.value;
    },
    set(key, value, bytes) {
      const known = entries.get(key);
      if (known !== undefined) remove(known);
      if (bytes > bytesMax) return;
      const entry = { key, value, bytes, before: null, after: null };
      entries.set(key, entry);
      append(entry);
      total += bytes;
      for (let old = oldest; old !== null && isTooMuch(); old = oldest) remove(old);
    },
  };
}
