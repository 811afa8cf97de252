/** What stands in place of a value where a schema states a format: recognisably the same pseudonym, in that format. */
import type { Json } from "#/core/json.ts";

/** `<EMAIL_3>` and `<EMAIL:9f86d081884c7d65>`. */
const placeholder = /<([A-Z][A-Z_]{0,62}[A-Z])(?:([_:])([0-9a-f]{1,20}))?>/;
const placeholders = new RegExp(placeholder, "g");

/** A domain that is nobody's (RFC 2606 §2). */
const nobody = "masked.invalid";

/** Null where the format has no such form. */
export function inFormat(format: Json | undefined, masked: string): string | null {
  if (format === "email" || format === "idn-email") {
    const [whole, label = "", , number = ""] = placeholder.exec(masked) ?? [];
    if (whole === undefined) return null;
    const name = label.toLowerCase().replaceAll("_", "-");
    return `${name}${number === "" ? "" : `-${number}`}@${nobody}`;
  }
  if (typeof format === "string" && uris.has(format)) {
    const text = masked.replaceAll(placeholders, (whole) => encodeURIComponent(whole));
    const uri = /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) ? text : `masked:${text}`;
    return uriForm.test(uri) ? uri : null;
  }
  return null;
}

/** True only for what `inFormat` has made. */
export function isOfFormat(format: Json | undefined, text: string): boolean {
  if (format === "email" || format === "idn-email") return emailForm.test(text);
  return typeof format === "string" && uris.has(format) && uriForm.test(text);
}

const uris: ReadonlySet<string> = new Set(["uri", "uri-reference", "iri", "iri-reference", "url"]);
const emailForm = /^[a-z]{1,64}(?:-[a-z]{1,64})*(?:-[0-9a-f]{1,20})?@masked\.invalid$/;
/** RFC 3986 with a scheme: signs that need no escape, and escapes. */
const uriForm =
  /^[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#@!$&'()*+,;=]|%[0-9A-Fa-f]{2}){1,65536}$/;

/** Patterns that addresses of ours match, which schemas made by Zod 4 state beside the format (zod/v4/core/regexes). */
const emailPatterns: ReadonlySet<Json> = new Set([
  "^(?:[A-Za-z0-9_'+\\-]+\\.)*[A-Za-z0-9_'+\\-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$",
  "^(?!\\.)(?!.*\\.\\.)([A-Za-z0-9_'+\\-\\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$",
]);

export function isKnownPattern(pattern: Json, format: Json | undefined): boolean {
  return (format === "email" || format === "idn-email") && emailPatterns.has(pattern);
}
