/** Whether a value is one that somebody could have chosen as a password: no label, no code, no variable. */
import { isDummy } from "./text-at.ts";

const valueBytesLeast = 4;

/** Templates, variables, calls, what follows the end of a string, paths, links and names of resources. */
const codeForm =
  /^@\/|^--|:$|^(?:HS|RS|ES|PS)\d{3}$|^[$+.,;:)&|]|\$[{(]|(?:^|[/:@_-])\$[A-Za-z_]*$|\{\{|<%|#\{|%[({sdv]|^[\w.]+[([]|^\/|^(?:[a-z]+:\/\/|arn:|&lt;)/i;

export function isChosen(value: string): boolean {
  if (value.length < valueBytesLeast || isDummy(value) || codeForm.test(value)) return false;
  if (/^[*#xX.•_-]+$/.test(value)) return false;
  const words = value.split(/\s+/);
  if (isLabel(asWritten(value))) return false;
  if (words.length > 2 || (words.length > 1 && /pass|secret|[?!:.]$/i.test(value))) return false;
  // The name of something about passwords.
  return !(/passw|pwd/i.test(value) && /[-_#/.:]/.test(value) && !/\d/.test(value));
}

/** A label in some language, such as `Passwort`, `Kata Sandi` and `\u5bc6\u7801`: letters that begin with a capital, or know none. */
function isLabel(text: string): boolean {
  return /^[\p{Lu}\p{Lo}][\p{Ll}\p{Lo}\p{Lm}\p{M}]*(?:[ -][\p{L}\p{M}]+){0,2}$/u.test(text);
}

/** Bytes of UTF-8 and escapes of JSON as the characters that they stand for. */
function asWritten(value: string): string {
  const text = /[\x80-\xff]/.test(value) ? Buffer.from(value, "latin1").toString("utf8") : value;
  return text.replaceAll(/\\u([0-9a-f]{4})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
