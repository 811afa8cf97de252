/**
 * A place in a text of JSON, which moves on by what JSON is made of (RFC 8259): texts, numbers, words and signs.
 *
 * Throws a `JsonProblem`, which quotes nothing of what was read.
 */

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

/** Number, as RFC 8259 §6 spells it. */
const numberForm = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// oxlint-disable-next-line no-control-regex -- those are what a text must not hold as they are
const toBeJudged = /[\\\u0000-\u001f]/;

const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const quote = 0x22;
const backslash = 0x5c;

export class JsonCursor {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  code(): number {
    return this.#text.charCodeAt(this.at);
  }

  isAtEnd(): boolean {
    return this.at === this.#text.length;
  }

  /** The text that begins here. What stands in it as an escape, or may not stand in it, is the platform's to judge. */
  string(): string {
    const start = this.at;
    if (this.code() !== quote) throw malformed();
    let end = this.#text.indexOf('"', start + 1);
    while (end > 0 && this.#isEscaped(end)) end = this.#text.indexOf('"', end + 1);
    if (end < 0) throw malformed();
    this.at = end + 1;
    const inner = this.#text.slice(start + 1, end);
    if (!toBeJudged.test(inner)) return inner;
    try {
      return JSON.parse(this.#text.slice(start, this.at)) as string;
    } catch {
      throw malformed();
    }
  }

  /** Behind an odd number of backslashes. */
  #isEscaped(at: number): boolean {
    let before = at - 1;
    while (this.#text.charCodeAt(before) === backslash) before -= 1;
    return (at - before) % 2 === 0;
  }

  number(): number {
    const start = this.at;
    numberForm.lastIndex = start;
    if (!numberForm.test(this.#text)) throw malformed();
    this.at = numberForm.lastIndex;
    return Number(this.#text.slice(start, this.at));
  }

  literal(): true | false | null {
    if (this.#takesWord("true")) return true;
    if (this.#takesWord("false")) return false;
    if (this.#takesWord("null")) return null;
    throw malformed();
  }

  #takesWord(word: string): boolean {
    if (!this.#text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  takes(code: number): boolean {
    if (this.code() !== code) return false;
    this.at += 1;
    return true;
  }

  expect(code: number): void {
    if (!this.takes(code)) throw malformed();
  }

  skipSpace(): void {
    for (;;) {
      const code = this.code();
      if (code !== space && code !== lineFeed && code !== carriageReturn && code !== tab) return;
      this.at += 1;
    }
  }
}

export function malformed(): JsonProblem {
  return new JsonProblem("malformed");
}
