/**
 * A text of JSON as values that know where they stand in it, so that what is not changed can be passed on to the byte: numbers with all their
 * digits, escapes as they were written, members that stand twice.
 *
 * Hostile: strict by RFC 8259, bounded in depth and in values. Must not know what the values mean.
 */

export type JsonNode = JsonObject | JsonArray | JsonString | JsonScalar;

interface Placed {
  readonly start: number;
  readonly end: number;
  readonly parent: JsonObject | JsonArray | null;
  /** The key under which it stands; in a list, the key that the list has. */
  readonly key: string;
}

export interface JsonObject extends Placed {
  readonly kind: "object";
  readonly members: readonly JsonMember[];
}

export interface JsonMember {
  readonly key: string;
  readonly start: number;
  readonly value: JsonNode;
}

export interface JsonArray extends Placed {
  readonly kind: "array";
  readonly items: readonly JsonNode[];
}

export interface JsonString extends Placed {
  readonly kind: "string";
  readonly value: string;
}

export interface JsonScalar extends Placed {
  readonly kind: "number" | "true" | "false" | "null";
}

/** Lists and objects within each other. */
export const jsonDepthMax = 128;
/** Values of one text. */
const jsonValuesMax = 400_000;

export type JsonProblem = "not_json" | "too_deep" | "too_many_values";

class Unreadable extends Error {
  readonly problem: JsonProblem;
  constructor(problem: JsonProblem) {
    super(problem);
    this.problem = problem;
  }
}

type Open<Node extends Placed> = { -readonly [Name in keyof Node]: Node[Name] };

/** `name` is what the text as a whole is called. */
export function parseJson(text: string, name = ""): JsonNode | JsonProblem {
  let at = 0;
  let values = 0;
  try {
    blanks();
    const root = value(null, name, 0);
    blanks();
    return at === text.length ? root : "not_json";
  } catch (error) {
    if (error instanceof Unreadable) return error.problem;
    if (error instanceof SyntaxError) return "not_json";
    throw error;
  }

  function value(parent: JsonObject | JsonArray | null, key: string, depth: number): JsonNode {
    values += 1;
    if (values > jsonValuesMax) throw new Unreadable("too_many_values");
    const start = at;
    switch (text[at]) {
      case "{":
        return object(parent, key, depth + 1);
      case "[":
        return array(parent, key, depth + 1);
      case '"': {
        const read = string();
        return { kind: "string", start, end: at, parent, key, value: read };
      }
      case "t":
        return word("true", parent, key);
      case "f":
        return word("false", parent, key);
      case "n":
        return word("null", parent, key);
      default: {
        numberForm.lastIndex = at;
        if (!numberForm.test(text)) throw new Unreadable("not_json");
        at = numberForm.lastIndex;
        return { kind: "number", start, end: at, parent, key };
      }
    }
  }

  function object(parent: JsonObject | JsonArray | null, key: string, depth: number): JsonObject {
    if (depth > jsonDepthMax) throw new Unreadable("too_deep");
    const members: JsonMember[] = [];
    const node: Open<JsonObject> = { kind: "object", start: at, end: at, parent, key, members };
    at += 1;
    blanks();
    if (text[at] !== "}") {
      for (;;) {
        blanks();
        const start = at;
        const memberKey = string();
        blanks();
        expect(":");
        blanks();
        members.push({ key: memberKey, start, value: value(node, memberKey, depth) });
        blanks();
        if (text[at] === "}") break;
        expect(",");
      }
    }
    at += 1;
    node.end = at;
    return node;
  }

  function array(parent: JsonObject | JsonArray | null, key: string, depth: number): JsonArray {
    if (depth > jsonDepthMax) throw new Unreadable("too_deep");
    const items: JsonNode[] = [];
    const node: Open<JsonArray> = { kind: "array", start: at, end: at, parent, key, items };
    at += 1;
    blanks();
    if (text[at] !== "]") {
      for (;;) {
        blanks();
        items.push(value(node, key, depth));
        blanks();
        if (text[at] === "]") break;
        expect(",");
      }
    }
    at += 1;
    node.end = at;
    return node;
  }

  function string(): string {
    if (text[at] !== '"') throw new Unreadable("not_json");
    const start = at;
    let end = text.indexOf('"', at + 1);
    while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
    if (end < 0) throw new Unreadable("not_json");
    at = end + 1;
    const inner = text.slice(start + 1, end);
    // Escapes and what must be escaped are the platform's to judge.
    return needsReading.test(inner) ? (JSON.parse(text.slice(start, at)) as string) : inner;
  }

  function word(
    kind: "true" | "false" | "null",
    parent: JsonObject | JsonArray | null,
    key: string,
  ): JsonScalar {
    if (!text.startsWith(kind, at)) throw new Unreadable("not_json");
    const start = at;
    at += kind.length;
    return { kind, start, end: at, parent, key };
  }

  function expect(sign: string): void {
    if (text[at] !== sign) throw new Unreadable("not_json");
    at += 1;
  }

  function blanks(): void {
    for (;;) {
      const code = text.charCodeAt(at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      at += 1;
    }
  }
}

const numberForm = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const needsReading = /[\\\p{Cc}]/u;

/** Behind an odd number of backslashes. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text[before] === "\\") before -= 1;
  return (at - before) % 2 === 0;
}

export function memberOf(node: JsonNode | undefined, key: string): JsonNode | undefined {
  return node?.kind === "object"
    ? node.members.findLast((each) => each.key === key)?.value
    : undefined;
}
