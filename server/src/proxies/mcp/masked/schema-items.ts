/** Keywords of JSON Schema that judge the items of a list. */
import type { Json } from "#/core/json.ts";
import type { JsonArray, JsonNode } from "#/proxies/mcp/json/json-node.ts";
import {
  type At,
  asBefore,
  type Judging,
  listOf,
  type Verdict,
  verdictOf,
  worst,
} from "./judging.ts";
import type { SchemaObject } from "./schema-assertions.ts";

export const itemKeywords: ReadonlySet<string> = new Set(
  "minItems maxItems uniqueItems prefixItems items additionalItems contains unevaluatedItems".split(
    " ",
  ),
);

export function byItems(judging: Judging, { keyword, part, owner }: ItemsUnder, at: At): Verdict {
  const { judge, tell } = judging;
  const value = part[keyword] as Json;
  const { items } = owner;
  const isTouched = items.some((item) => judging.isChanged(item, at.mode));
  const judgeAll = (from: number, partOf: (index: number) => Json | undefined): Verdict =>
    worst(items.slice(from).map((node, index) => judge(partOf(index), { ...at, node })));
  switch (keyword) {
    case "minItems":
      return tell(at, verdictOf(items.length >= Number(value)));
    case "maxItems":
      return tell(at, verdictOf(items.length <= Number(value)));
    case "uniqueItems":
      return value === true ? tell(at, verdictOf(areUnique(judging, items, at))) : "valid";
    case "prefixItems":
      return judgeAll(0, (index) => listOf(value)[index]);
    case "items":
      // Of older drafts, in which a list stands for one schema each.
      if (Array.isArray(value)) return judgeAll(0, (index) => listOf(value)[index]);
      return judgeAll(listOf(part["prefixItems"]).length, () => value);
    case "additionalItems":
      return Array.isArray(part["items"])
        ? judgeAll(listOf(part["items"]).length, () => value)
        : "valid";
    case "contains":
      return tell(at, contains(judging, part, items, at));
    default:
      // How many there are is not changed; what each is may be what it is asked for.
      if (value === true) return "valid";
      return tell(at, asBefore(at, value !== false && isTouched));
  }
}

export interface ItemsUnder {
  readonly keyword: string;
  readonly part: SchemaObject;
  readonly owner: JsonArray;
}

function contains(
  { judge, isChanged }: Judging,
  part: SchemaObject,
  items: readonly JsonNode[],
  at: At,
): Verdict {
  const mode = at.mode === "before" ? "before" : "now";
  const all = items.map((node) => judge(part["contains"], { ...at, node, mode }));
  const valid = all.filter((verdict) => verdict === "valid").length;
  const possible = all.filter((verdict) => verdict !== "invalid").length;
  const least = typeof part["minContains"] === "number" ? part["minContains"] : 1;
  const most = typeof part["maxContains"] === "number" ? part["maxContains"] : items.length;
  if (possible < least || valid > most) return "invalid";
  if (valid >= least && possible <= most) return "valid";
  return asBefore(
    at,
    items.some((item) => isChanged(item, at.mode)),
  );
}

function areUnique({ textOf }: Judging, items: readonly JsonNode[], { mode }: At): boolean {
  return new Set(items.map((item) => textOf(item, mode))).size === items.length;
}
