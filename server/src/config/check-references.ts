/** What one part of a configuration says of another: names that stand twice, and those that lead nowhere. */
import type { Problem } from "./problems.ts";

/** Looked at in whatever the file holds, so that it is told with all the rest. */
export function checkReferences(raw: unknown): readonly Problem[] {
  const people = namesIn(raw, "people");
  const owners = itemsIn(raw, "agents").map(({ owner }) => owner);
  return [
    ...duplicates("people", people),
    ...duplicates("agents", namesIn(raw, "agents")),
    ...duplicates("connections", namesIn(raw, "connections")),
    ...owners.flatMap((owner, index): readonly Problem[] => {
      if (typeof owner !== "string" || people.includes(owner)) return [];
      return [[["agents", index, "owner"], `"${owner}" is not among the people`]];
    }),
  ];
}

type Item = Readonly<Record<string, unknown>>;

function itemsIn(raw: unknown, list: string): readonly Item[] {
  const items = isItem(raw) ? raw[list] : null;
  return Array.isArray(items) ? items.map((item: unknown) => (isItem(item) ? item : {})) : [];
}

function namesIn(raw: unknown, list: string): readonly unknown[] {
  return itemsIn(raw, list).map((item) => item["name"]);
}

function isItem(value: unknown): value is Item {
  return typeof value === "object" && value !== null;
}

function duplicates(list: string, names: readonly unknown[]): readonly Problem[] {
  return names.flatMap((name, index): readonly Problem[] => {
    if (typeof name !== "string" || names.indexOf(name) === index) return [];
    return [[[list, index, "name"], `"${name}" is there twice`]];
  });
}
