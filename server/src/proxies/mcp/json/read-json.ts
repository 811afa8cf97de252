/**
 * JSON from whoever can reach the gateway, read once and strictly (RFC 8259), with the spelling of every number and
 * the place of every value.
 *
 * Guarantees that nothing stands behind the value, that what is larger than its bounds is refused, never cut, and, where that is asked
 * for, that what was read means one thing to every reader. Throws a `JsonProblem`.
 */
import { JsonCursor, JsonProblem, malformed } from "./json-cursor.ts";
import type { JsonArray, JsonMember, JsonNode, JsonObject } from "./json-node.ts";

export interface JsonTerms {
  /** Objects and lists in one another. */
  readonly depthMax: number;
  /** Values in one text, which cost some hundred times their bytes. */
  readonly valuesMax: number;
  /** A key that stands twice in an object, and half of a surrogate pair in a text. */
  readonly ambiguous: "refused" | "kept";
}

/** `name` is what the text as a whole is called. */
export function readJson(text: string, terms: JsonTerms, name = ""): JsonNode {
  const cursor = new JsonCursor(text);
  const node = new Reader(cursor, terms).value(null, name, 0);
  cursor.skipSpace();
  if (!cursor.isAtEnd()) throw malformed();
  return node;
}

const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

type Owner = JsonObject | JsonArray | null;
type Open<Node extends JsonNode> = { -readonly [Name in keyof Node]: Node[Name] };

class Reader {
  readonly #cursor: JsonCursor;
  readonly #terms: JsonTerms;
  #values = 0;

  constructor(cursor: JsonCursor, terms: JsonTerms) {
    this.#cursor = cursor;
    this.#terms = terms;
  }

  value(parent: Owner, key: string, depth: number): JsonNode {
    this.#values += 1;
    if (this.#values > this.#terms.valuesMax) throw new JsonProblem("too_many_values");
    const cursor = this.#cursor;
    cursor.skipSpace();
    const start = cursor.at;
    const code = cursor.code();
    if (code === quote) {
      const value = this.#string();
      return { kind: "string", start, end: cursor.at, parent, key, value };
    }
    if (code === openBrace) return this.#object(parent, key, depth + 1);
    if (code === openBracket) return this.#array(parent, key, depth + 1);
    if (code === minus || (code >= zero && code <= nine)) {
      const value = cursor.number();
      return { kind: "number", start, end: cursor.at, parent, key, value };
    }
    const value = cursor.literal();
    return { kind: "literal", start, end: cursor.at, parent, key, value };
  }

  #object(parent: Owner, key: string, depth: number): JsonObject {
    if (depth > this.#terms.depthMax) throw new JsonProblem("too_deep");
    const cursor = this.#cursor;
    const start = cursor.at;
    cursor.at += 1;
    const members: JsonMember[] = [];
    const node: Open<JsonObject> = { kind: "object", start, end: start, parent, key, members };
    cursor.skipSpace();
    if (!cursor.takes(closeBrace)) this.#members(node, members, depth);
    node.end = cursor.at;
    return node;
  }

  #members(owner: JsonObject, members: JsonMember[], depth: number): void {
    const cursor = this.#cursor;
    const keys = this.#terms.ambiguous === "refused" ? new Keys(members) : null;
    do {
      cursor.skipSpace();
      const start = cursor.at;
      const key = this.#string();
      if (keys?.take(key) === false) throw new JsonProblem("duplicate_key");
      cursor.skipSpace();
      cursor.expect(colon);
      members.push({ key, start, value: this.value(owner, key, depth) });
      cursor.skipSpace();
    } while (cursor.takes(comma));
    cursor.expect(closeBrace);
  }

  #array(parent: Owner, key: string, depth: number): JsonArray {
    if (depth > this.#terms.depthMax) throw new JsonProblem("too_deep");
    const cursor = this.#cursor;
    const start = cursor.at;
    cursor.at += 1;
    const items: JsonNode[] = [];
    const node: Open<JsonArray> = { kind: "array", start, end: start, parent, key, items };
    cursor.skipSpace();
    if (!cursor.takes(closeBracket)) {
      do {
        items.push(this.value(node, key, depth));
        cursor.skipSpace();
      } while (cursor.takes(comma));
      cursor.expect(closeBracket);
    }
    node.end = cursor.at;
    return node;
  }

  #string(): string {
    const value = this.#cursor.string();
    if (this.#terms.ambiguous === "refused" && !value.isWellFormed()) {
      throw new JsonProblem("lone_surrogate");
    }
    return value;
  }
}

/** Of objects with fewer members every key is compared with every other. */
const comparedKeysMax = 8;

/** Which keys an object has; few are compared, and many are looked up. */
class Keys {
  readonly #members: readonly JsonMember[];
  #seen: Set<string> | null = null;

  constructor(members: readonly JsonMember[]) {
    this.#members = members;
  }

  /** False where it is there already. */
  take(key: string): boolean {
    if (this.#members.length < comparedKeysMax) {
      return !this.#members.some((member) => member.key === key);
    }
    this.#seen ??= new Set(this.#members.map((member) => member.key));
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }
}
