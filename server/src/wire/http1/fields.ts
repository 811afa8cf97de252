/** Fields of a head (RFC 9112 §5), strictly: whole lines that end in CR LF, no folded line, no space before a colon. */
import { Http1Error } from "./http1-error.ts";

export interface Field {
  /** In lower case. */
  readonly name: string;
  /** Each byte a character, as it was sent, without the white space around it. */
  readonly value: string;
}

/** The form of a name (RFC 9110 §5.6.2). */
export const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const text = "[\\t\\x20-\\x7e\\x80-\\xff]*";
const lines = new RegExp(`^(?:${token}:${text}\\r\\n)*$`);
const framing: ReadonlySet<string> = new Set(["content-length", "transfer-encoding"]);
const nameForm = new RegExp(`^${token}$`);
const valueForm = new RegExp(`^${text}$`);

/** From the lines of a head, each with its end. */
export function parseFields(head: string): readonly Field[] {
  if (!lines.test(head)) throw new Http1Error("malformed_head");
  const fields: Field[] = [];
  for (let start = 0; start < head.length; ) {
    const colon = head.indexOf(":", start);
    const end = head.indexOf("\r\n", colon);
    const name = head.slice(start, colon).toLowerCase();
    // Some readers, Node's among them, know no coding with a tab behind it, and take all that follows for the body.
    if (framing.has(name) && head.slice(colon, end).includes("\t")) {
      throw new Http1Error("ambiguous_length");
    }
    fields.push({ name, value: withoutSpace(head, colon + 1, end) });
    start = end + 2;
  }
  return fields;
}

/** Of a field that is there once; null where it is not there, and where it came several times. */
export function onlyValue(fields: readonly Field[], name: string): string | null {
  let found: string | null = null;
  for (const field of fields) {
    if (field.name !== name) continue;
    if (found !== null) return null;
    found = field.value;
  }
  return found;
}

export function hasField(fields: readonly Field[], name: string): boolean {
  for (const field of fields) if (field.name === name) return true;
  return false;
}

/** Of a list (RFC 9110 §5.6.1), over all of its fields, in lower case. */
export function hasToken(fields: readonly Field[], name: string, wanted: string): boolean {
  for (const field of fields) {
    if (field.name !== name) continue;
    const value = field.value.toLowerCase();
    if (value === wanted) return true;
    if (value.includes(",") && value.split(",").some((item) => item.trim() === wanted)) return true;
  }
  return false;
}

/** One line of a head that is sent. Throws where the name or the value could be read as more than that. */
export function fieldLine(name: string, value: string): string {
  if (!nameForm.test(name) || !valueForm.test(value)) throw new Http1Error("unwritable");
  return `${name}: ${value}\r\n`;
}

/** Not `trim`, which takes away more than HTTP calls white space: `\xa0`. */
function withoutSpace(head: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isSpace(head.charCodeAt(start))) start += 1;
  while (end > start && isSpace(head.charCodeAt(end - 1))) end -= 1;
  return head.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
