/** How a definition differs from the one that was pinned: each place once, with what stood there and what stands there. */
import type { Json } from "#/core/json.ts";

export interface Difference {
  /** Keys from the outermost on; of a list its places. */
  readonly path: readonly string[];
  /** Undefined where nothing stood there. */
  readonly before: Json | undefined;
  /** Undefined where nothing stands there any more. */
  readonly after: Json | undefined;
}

/** More are not told one by one. */
export const differencesMax = 100;

export function differencesOf(before: Json, after: Json): readonly Difference[] {
  const found: Difference[] = [];
  compare(before, after, [], found);
  return found;
}

function compare(
  before: Json | undefined,
  after: Json | undefined,
  path: readonly string[],
  found: Difference[],
): void {
  if (found.length >= differencesMax) return;
  if (!isNested(before) || !isNested(after) || Array.isArray(before) !== Array.isArray(after)) {
    if (!isSame(before, after)) found.push({ path, before, after });
    return;
  }
  const [one, other] = [before, after] as readonly { readonly [key: string]: Json }[];
  for (const key of new Set([...Object.keys(one ?? {}), ...Object.keys(other ?? {})])) {
    compare(valueOf(one, key), valueOf(other, key), [...path, key], found);
  }
}

function valueOf(value: object | undefined, key: string): Json | undefined {
  return value !== undefined && Object.hasOwn(value, key)
    ? (Reflect.get(value, key) as Json)
    : undefined;
}

function isNested(value: Json | undefined): value is object & Json {
  return value !== null && typeof value === "object";
}

function isSame(one: Json | undefined, other: Json | undefined): boolean {
  return Object.is(one, other) || (one === 0 && other === 0);
}
