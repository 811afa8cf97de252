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
  let offset = 0;
  let last = 0;
  for (const { 0: token, index } of text.matchAll(tokens)) {
    offset += Buffer.byteLength(text.slice(last, index));
    last = index;
    const place = open.at(-1);
    if (token === "{" || token === "[") {
      open.push({ path: pathIn(place), isObject: token === "{", key: null });
    } else if (token === "}" || token === "]") {
      open.pop();
    } else if (token === ",") {
      if (place !== undefined) place.key = null;
    } else {
      const isKey = token.startsWith('"') && place?.isObject === true && place.key === null;
      const kind = isKey ? "key" : token.startsWith('"') ? "string" : "number";
      const column = isKey ? place.path : pathIn(place);
      onPart(offset, offset + Buffer.byteLength(token), kind, column === "" ? null : column);
      if (isKey) place.key = meaning(keyOf(token));
    }
  }
}

/** Keys from the outermost on, by dots; one that is no plain word in quotes. Those of a list have the list's. */
export function pathText(keys: readonly string[]): string {
  return keys.map((key) => (plainKey.test(key) ? key : JSON.stringify(key))).join(".");
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

/** Literals without a value to hide are passed over, as colons are. */
const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],]|-?[0-9][0-9.eE+-]*/g;
const plainKey = /^[\p{L}_][\p{L}\p{N}_$-]*$/u;

function pathIn(place: Place | undefined): string {
  if (place === undefined) return "";
  if (place.key === null) return place.path;
  const key = pathText([place.key]);
  return place.path === "" ? key : `${place.path}.${key}`;
}

function keyOf(token: string): string {
  try {
    return String(JSON.parse(token));
  } catch {
    return token.slice(1, -1);
  }
}
