/** One text for all values that are equal to JSON Schema (2020-12 core §4.2.2): whatever the order of members, however a number is written. */
import type { Json } from "#/core/json.ts";

/** `countStep` is called for each value in it. */
export function equalText(value: Json, countStep: () => void): string {
  countStep();
  if (Array.isArray(value)) {
    return `[${(value as readonly Json[]).map((each) => equalText(each, countStep)).join()}]`;
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, each]): [string, string] => {
    return [key, equalText(each, countStep)];
  });
  return objectText(new Map(members));
}

export function objectText(members: ReadonlyMap<string, string>): string {
  const sorted = [...members].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${sorted.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join()}}`;
}
