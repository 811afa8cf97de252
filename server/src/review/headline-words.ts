/** Words that sentences about actions share. */
import { type Verb, verbs } from "#/core/verb.ts";

/** Its strongest verb: what a list sorts and colours by. */
export function strongest(given: readonly Verb[]): Verb {
  const [first] = given.toSorted((a, b) => verbs.indexOf(b) - verbs.indexOf(a));
  return first ?? "sql.opaque";
}

export const verbWords: Readonly<Record<Verb, string>> = {
  "sql.preview": "measure an effect",
  "sql.read": "read",
  "sql.write": "change data",
  "sql.schema": "change the schema",
  "sql.admin": "administer the database",
  "sql.opaque": "run something that can't be read",
  "mcp.read": "read a resource or a prompt",
  "mcp.call": "call a tool",
};

const nameCharsMax = 40;

/**
 * A name that could be read as a part of the sentence stands in quotes, also where it is cut: else it could
 * say by itself in which environment it is.
 */
export function shownName(name: string): string {
  if (plainName.test(name)) return cut(name, nameCharsMax);
  const inner = quotedName.test(name) ? name.slice(1, -1) : name.replaceAll('"', '""');
  return `"${cut(inner, nameCharsMax - 2)}"`;
}

const plainName = /^[\p{L}\p{N}\p{M}_$.]+$/u;
const quotedName = /^"(?:[^"]|"")*"$/;

function cut(name: string, charsMax: number): string {
  const characters = Array.from(name);
  return characters.length > charsMax ? `${characters.slice(0, charsMax - 1).join("")}…` : name;
}

export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}
