/**
 * JSON from whoever can reach the port, read once and strictly (RFC 8259), with the spelling of every number and
 * the place of every value.
 *
 * Guarantees that what was read means one thing to every reader: no key stands twice in an object, no text has a lone
 * surrogate, nothing stands behind the value. What is larger than its bounds is refused, never cut.
 * Throws a `JsonProblem`, which quotes nothing of what was read.
 */

export type JsonNode = ObjectNode | ArrayNode | LeafNode;

/** Offsets are UTF-16 units of the text; the end is exclusive. */
interface Span {
  readonly start: number;
  readonly end: number;
}

export interface ObjectNode extends Span {
  readonly kind: "object";
  /** In the order sent. */
  readonly members: readonly Member[];
}

export interface Member {
  readonly key: string;
  readonly value: JsonNode;
}

export interface ArrayNode extends Span {
  readonly kind: "array";
  readonly items: readonly JsonNode[];
}

export type LeafNode =
  | (Span & { readonly kind: "string"; readonly value: string })
  /** `value` may have lost digits that the text has. */
  | (Span & { readonly kind: "number"; readonly value: number })
  | (Span & { readonly kind: "literal"; readonly value: true | false | null });

export type JsonFault =
  | "malformed"
  | "duplicate_key"
  | "lone_surrogate"
  | "too_deep"
  | "too_many_values";

export class JsonProblem extends Error {
  override readonly name = "JsonProblem";
  readonly fault: JsonFault;

  constructor(fault: JsonFault) {
    super(`JSON: ${fault}`);
    this.fault = fault;
  }
}

/** Objects and lists in one another. */
const jsonDepthMax = 64;
/** Values in one text, which cost some hundred times their bytes. */
const jsonValuesMax = 250_000;
/** Of objects with fewer members every key is compared with every other. */
const comparedKeysMax = 8;

export function parseJson(text: string): JsonNode {
  const reader = new Reader(text);
  const node = reader.value(0);
  reader.expectEnd();
  return node;
}

/** Number, as RFC 8259 §6 spells it. */
const numberForm = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** A text up to its end, or to what needs a closer look. */
// oxlint-disable-next-line no-control-regex -- those are what a text must not hold as they are
const plainText = /[^"\\\u0000-\u001f]*/y;

const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

const escapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

class Reader {
  readonly #text: string;
  #at = 0;
  #values = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): JsonNode {
    this.#values += 1;
    if (this.#values > jsonValuesMax) throw new JsonProblem("too_many_values");
    this.#skipSpace();
    const start = this.#at;
    const code = this.#text.charCodeAt(start);
    if (code === quote) {
      const value = this.#string();
      return { kind: "string", start, end: this.#at, value };
    }
    if (code === openBrace) return this.#object(depth + 1);
    if (code === openBracket) return this.#array(depth + 1);
    if (code === minus || (code >= zero && code <= nine)) return this.#number();
    return this.#literal();
  }

  expectEnd(): void {
    this.#skipSpace();
    if (this.#at !== this.#text.length) throw malformed();
  }

  #object(depth: number): ObjectNode {
    if (depth > jsonDepthMax) throw new JsonProblem("too_deep");
    const start = this.#at;
    this.#at += 1;
    const members: Member[] = [];
    this.#skipSpace();
    if (this.#takes(closeBrace)) return { kind: "object", start, end: this.#at, members };
    const keys = new Keys(members);
    for (;;) {
      this.#skipSpace();
      if (this.#text.charCodeAt(this.#at) !== quote) throw malformed();
      const key = this.#string();
      if (!keys.take(key)) throw new JsonProblem("duplicate_key");
      this.#skipSpace();
      if (!this.#takes(colon)) throw malformed();
      members.push({ key, value: this.value(depth) });
      this.#skipSpace();
      if (this.#takes(comma)) continue;
      if (!this.#takes(closeBrace)) throw malformed();
      return { kind: "object", start, end: this.#at, members };
    }
  }

  #array(depth: number): ArrayNode {
    if (depth > jsonDepthMax) throw new JsonProblem("too_deep");
    const start = this.#at;
    this.#at += 1;
    const items: JsonNode[] = [];
    this.#skipSpace();
    if (this.#takes(closeBracket)) return { kind: "array", start, end: this.#at, items };
    for (;;) {
      items.push(this.value(depth));
      this.#skipSpace();
      if (this.#takes(comma)) continue;
      if (!this.#takes(closeBracket)) throw malformed();
      return { kind: "array", start, end: this.#at, items };
    }
  }

  #string(): string {
    this.#at += 1;
    let value = this.#plain();
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === quote) break;
      // The end of the text is NaN, and a control character nothing that may stand here.
      if (code !== backslash) throw malformed();
      value += this.#escape() + this.#plain();
    }
    this.#at += 1;
    if (!value.isWellFormed()) throw new JsonProblem("lone_surrogate");
    return value;
  }

  #plain(): string {
    const start = this.#at;
    plainText.lastIndex = start;
    plainText.test(this.#text);
    this.#at = plainText.lastIndex;
    return this.#text.slice(start, this.#at);
  }

  #escape(): string {
    const letter = this.#text.charAt(this.#at + 1);
    if (letter === "u") {
      const digits = this.#text.slice(this.#at + 2, this.#at + 6);
      if (!/^[\da-fA-F]{4}$/.test(digits)) throw malformed();
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const meant = escapes.get(letter);
    if (meant === undefined) throw malformed();
    this.#at += 2;
    return meant;
  }

  #number(): LeafNode {
    const start = this.#at;
    numberForm.lastIndex = start;
    if (!numberForm.test(this.#text)) throw malformed();
    this.#at = numberForm.lastIndex;
    const value = Number(this.#text.slice(start, this.#at));
    return { kind: "number", start, end: this.#at, value };
  }

  #literal(): LeafNode {
    const start = this.#at;
    for (const [word, value] of literals) {
      if (!this.#text.startsWith(word, start)) continue;
      this.#at = start + word.length;
      return { kind: "literal", start, end: this.#at, value };
    }
    throw malformed();
  }

  #takes(code: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== code) return false;
    this.#at += 1;
    return true;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== space && code !== lineFeed && code !== carriageReturn && code !== tab) return;
      this.#at += 1;
    }
  }
}

const literals = [
  ["true", true],
  ["false", false],
  ["null", null],
] as const;

/** Which keys an object has; few are compared, and many are looked up. */
class Keys {
  readonly #members: readonly Member[];
  #seen: Set<string> | null = null;

  constructor(members: readonly Member[]) {
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

function malformed(): JsonProblem {
  return new JsonProblem("malformed");
}
