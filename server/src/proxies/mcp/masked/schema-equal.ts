/** One text for all values that are equal to JSON Schema (2020-12 core §4.2.2): whatever the order of members, however a number is written. */
import type { Json } from "#/core/json.ts";
import type { Steps } from "./schema-steps.ts";

/** Counts each value in it, and how long its texts are. */
export function equalText(value: Json, steps: Pick<Steps, "countStep" | "countChars">): string {
  steps.countStep();
  if (Array.isArray(value)) {
    return `[${(value as readonly Json[]).map((each) => equalText(each, steps)).join()}]`;
  }
  steps.countChars(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, each]): [string, string] => {
    return [key, equalText(each, steps)];
  });
  return objectText(new Map(members));
}

export function objectText(members: ReadonlyMap<string, string>): string {
  const sorted = [...members].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${sorted.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join()}}`;
}
