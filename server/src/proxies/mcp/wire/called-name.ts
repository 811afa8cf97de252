/**
 * Whether a name can be decided on: one that is written so that a server may take it for another is none of which a rule knows
 * what it names.
 */
import type { McpFacts } from "#/core/facts.ts";

/** UTF-16 code units of what is called. */
const calledNameCharsMax = 256;
const calledUriCharsMax = 8_192;

/** In a sentence for whoever calls it; null where it can be. */
export function whyNotCallable(method: McpFacts["method"], name: string): string | null {
  const isUri = method === "resources/read";
  if (!isUri && ordinary.test(name)) return null;
  const charsMax = isUri ? calledUriCharsMax : calledNameCharsMax;
  if (name.length > charsMax)
    return `What is called has a name of more than ${charsMax} characters.`;
  if (hidden.test(name)) return "The name has signs that nobody sees, or blanks around it.";
  if (isUri) {
    return isFolded(name) ? "The URI is not in its normal form (RFC 3986 §6.2.2)." : null;
  }
  return name === name.normalize("NFC")
    ? null
    : "The name is not in the normal form of Unicode (NFC).";
}

/** As nearly all are. */
const ordinary = /^[\w./-]{1,128}$/;
/** Controls, format characters, what has no meaning, and blanks at either end. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cn}\p{Co}]|^\p{Z}|\p{Z}$/u;

/** Segments of dots, encoded or not; escapes of what needs none; a scheme in capitals; backslashes, which many take for slashes. */
function isFolded(uri: string): boolean {
  const [path = ""] = uri.split(/[?#]/, 1);
  return dots.test(path) || needless.test(uri) || capitals.test(uri) || uri.includes("\\");
}

const dots = /(?:^|\/|%2f|%5c)(?:\.|%2e){1,2}(?:\/|%2f|%5c|$)/i;
const needless = /%(?:2d|2e|3\d|4[1-9a-f]|5[\daf]|6[1-9a-f]|7[\dae])/i;
const capitals = /^[a-z\d+.-]*[A-Z][A-Za-z\d+.-]*:/;
