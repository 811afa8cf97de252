/**
 * Where the values of a JSON text lie, and under which keys: the constants of a call, as SQL's grammar tells those of a
 * statement.
 *
 * The text is one that was written by the gateway itself. Of one that is no JSON it tells what it can; nothing rests on it there.
 */
import type { LiteralSpan } from "./facts.ts";

/** Strings, with their quotation marks, and numbers; what is true, false or null holds nothing to hide. In their order. */
export function jsonLeaves(text: string): readonly LiteralSpan[] {
  const leaves: LiteralSpan[] = [];
  visit(text, asRead, (start, end, kind, column) => {
    if (kind !== "key") leaves.push({ start, end, kind, column });
  });
  return leaves;
}

/** A leaf, or a key; the column of a key is the path of the object in which it stands. */
export interface JsonPart {
  readonly start: number;
  readonly end: number;
  readonly kind: "key" | "string" | "number";
  readonly column: string | null;
}

/** Keys too, in their order among the leaves. `meaning`: what a key is called in the paths of what stands beneath it. */
export function jsonParts(
  text: string,
  meaning: (key: string) => string = asRead,
): readonly JsonPart[] {
  const parts: JsonPart[] = [];
  visit(text, meaning, (start, end, kind, column) => parts.push({ start, end, kind, column }));
  return parts;
}

function asRead(key: string): string {
  return key;
}

function visit(
  text: string,
  meaning: (key: string) => string,
  onPart: (start: number, end: number, kind: JsonPart["kind"], column: string | null) => void,
): void {
  const open: Place[] = [];
  const isAscii = asciiOnly.test(text);
  /** Up to where bytes were counted, and how many they are. */
  let counted = 0;
  let bytes = 0;
  let isCutOff = false;
  const tell = (from: number, to: number, kind: JsonPart["kind"], column: string) => {
    if (!isAscii) bytes += Buffer.byteLength(text.slice(counted, from));
    counted = from;
    const start = isAscii ? from : bytes;
    const length = isAscii ? to - from : Buffer.byteLength(text.slice(from, to));
    onPart(start, start + length, kind, column === "" ? null : column);
  };
  // Literals without a value to hide are passed over, as colons are.
  for (let at = 0, end = 0; at < text.length; at = end) {
    const code = text.charCodeAt(at);
    const place = open[open.length - 1];
    end = at + 1;
    if (code === quote && !isCutOff) {
      const behind = stringEnd(text, at);
      // Where one has no end, none that begins later has.
      isCutOff = behind === -1;
      if (isCutOff) continue;
      end = behind;
      const isKey = place?.isObject === true && place.key === null;
      tell(at, end, isKey ? "key" : "string", isKey ? place.path : pathIn(place));
      if (isKey) place.key = meaning(keyOf(text.slice(at, end)));
    } else if (code === openBrace || code === openBracket) {
      open.push({ path: pathIn(place), isObject: code === openBrace, key: null });
    } else if (code === closeBrace || code === closeBracket) {
      open.pop();
    } else if (code === comma) {
      if (place !== undefined) place.key = null;
    } else if (isDigit(code) || (code === minus && isDigit(text.charCodeAt(at + 1)))) {
      while (isOfNumber(text.charCodeAt(end))) end += 1;
      tell(at, end, "number", pathIn(place));
    }
  }
}

const asciiOnly = /^[\0-\x7f]*$/;
const [quote, comma, minus, plus, point, backslash] = [0x22, 0x2c, 0x2d, 0x2b, 0x2e, 0x5c];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/** Behind the quotation mark that closes it; -1 where none does. */
function stringEnd(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === backslash) slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
  return -1;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** With what stands between its digits: `.`, `e`, `+`, `-`. */
function isOfNumber(code: number): boolean {
  const isExponent = code === 0x65 || code === 0x45;
  return isDigit(code) || isExponent || code === point || code === minus || code === plus;
}

/** Keys from the outermost on, by dots; one that is no plain word in quotes. Those of a list have the list's. */
export function pathText(keys: readonly string[]): string {
  return keys.map(keyText).join(".");
}

function keyText(key: string): string {
  return plainKey.test(key) ? key : JSON.stringify(key);
}

/** The keys of such a path. */
export function pathKeys(path: string): readonly string[] {
  return Array.from(path.matchAll(pathForm), ([, quoted, plain = ""]) =>
    quoted === undefined ? plain : keyOf(quoted),
  );
}

const pathForm = /(?:^|\.)(?:("(?:[^"\\]|\\.)*")|([^."]+))/g;

/** Where numbers have digits that JavaScript's do not hold: `9007199254740993`, `1e-400`. */
export function roundedPaths(text: string, leaves: readonly LiteralSpan[]): readonly string[] {
  const numbers = leaves.filter(({ kind }) => kind === "number");
  if (numbers.length === 0) return [];
  const bytes = Buffer.from(text);
  const rounded = numbers.filter(({ start, end }) => !isHeld(bytes.toString("latin1", start, end)));
  return [...new Set(rounded.map(({ column }) => column ?? ""))];
}

function isHeld(written: string): boolean {
  return decimalForm(written) === decimalForm(String(Number(written)));
}

/** By all of their digits. False where one of them is no number of JSON's. */
export function isSameNumber(one: string, other: string): boolean {
  return (
    strictNumber.test(one) && strictNumber.test(other) && decimalForm(one) === decimalForm(other)
  );
}

const strictNumber = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,20})?$/;

/** The same for two texts of the same number: its digits, and where its point is. */
function decimalForm(number: string): string {
  const [, sign, whole = "", fraction = "", exponent = "0"] = numberForm.exec(number) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return numberForm.test(number) ? "0" : number;
  const zeros = digits.length - significant.length;
  return `${sign}${significant}e${BigInt(exponent) - BigInt(fraction.length - zeros)}`;
}

const numberForm = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,20}))?$/;

interface Place {
  /** Of what it stands in. */
  readonly path: string;
  readonly isObject: boolean;
  /** Whose value comes next. */
  key: string | null;
}

const plainKey = /^[\p{L}_][\p{L}\p{N}_$-]*$/u;

function pathIn(place: Place | undefined): string {
  if (place === undefined) return "";
  if (place.key === null) return place.path;
  const key = keyText(place.key);
  return place.path === "" ? key : `${place.path}.${key}`;
}

function keyOf(token: string): string {
  if (!token.includes("\\")) return token.slice(1, -1);
  try {
    return String(JSON.parse(token));
  } catch {
    return token.slice(1, -1);
  }
}
