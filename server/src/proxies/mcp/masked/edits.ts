/** What is changed of a text of JSON, and the text with it. Whatever is not changed stands there as it was written. */
import type { JsonMember, JsonNode, JsonObject } from "#/proxies/mcp/json/json-node.ts";

/** What a value becomes; `removed` takes its member with it. */
export type Edit =
  | { readonly kind: "value"; readonly value: string | number | null }
  /** JSON in place of it, whole. */
  | { readonly kind: "json"; readonly text: string }
  | { readonly kind: "removed" };

export interface Edits {
  readonly values: Map<JsonNode, Edit>;
  readonly keys: Map<JsonMember, string>;
  /** What holds a change. */
  readonly changed: Set<JsonNode>;
  /** Names of an object of which a member has got a new one. */
  readonly names: Map<JsonObject, NamesOfObject>;
}

interface NamesOfObject {
  readonly taken: Set<string>;
  readonly last: Map<string, number>;
}

export function noEdits(): Edits {
  return { values: new Map(), keys: new Map(), changed: new Set(), names: new Map() };
}

export function edit(edits: Edits, node: JsonNode, change: Edit): void {
  edits.values.set(node, change);
  noteChanged(edits, node);
}

/** Two members of an object never get the same new name: one of them would be lost to who reads it. */
export function renameKey(
  edits: Edits,
  owner: JsonObject,
  member: JsonMember,
  wanted: string,
): void {
  let names = edits.names.get(owner);
  if (names === undefined) {
    names = { taken: new Set(owner.members.map(({ key }) => key)), last: new Map() };
    edits.names.set(owner, names);
  }
  let number = names.last.get(wanted) ?? 1;
  let name = number === 1 ? wanted : `${wanted} ${number}`;
  while (names.taken.has(name)) {
    number += 1;
    name = `${wanted} ${number}`;
  }
  names.taken.add(name);
  names.last.set(wanted, number);
  edits.keys.set(member, name);
  noteChanged(edits, owner);
}

function noteChanged({ changed }: Edits, node: JsonNode): void {
  for (let each: JsonNode | null = node; each !== null && !changed.has(each); each = each.parent) {
    changed.add(each);
  }
}

export function write(text: string, node: JsonNode, edits: Edits): string {
  const change = edits.values.get(node);
  if (change !== undefined) return written(change);
  if (!edits.changed.has(node)) return text.slice(node.start, node.end);
  if (node.kind === "array") {
    const items = node.items.filter((item) => edits.values.get(item)?.kind !== "removed");
    return `[${items.map((item) => write(text, item, edits)).join(",")}]`;
  }
  if (node.kind !== "object") return text.slice(node.start, node.end);
  const members = node.members.filter(({ value }) => edits.values.get(value)?.kind !== "removed");
  return `{${members
    .map((member) => {
      const name = edits.keys.get(member);
      if (name === undefined && !edits.changed.has(member.value)) {
        return text.slice(member.start, member.value.end);
      }
      return `${JSON.stringify(name ?? member.key)}:${write(text, member.value, edits)}`;
    })
    .join(",")}}`;
}

function written(change: Edit): string {
  if (change.kind === "json") return change.text;
  return change.kind === "removed" ? "null" : JSON.stringify(change.value);
}
