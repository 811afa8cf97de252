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
  if (words.length > 2 || (words.length > 1 && /pass|secret|[?!:.]$/i.test(value))) return false;
  // A label in some language, such as `Passwort`, and the name of something about passwords.
  if (/^[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]+$/.test(value)) return false;
  return !(/passw|pwd/i.test(value) && /[-_#/.:]/.test(value) && !/\d/.test(value));
}
