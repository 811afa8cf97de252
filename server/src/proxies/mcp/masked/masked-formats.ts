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
  const [, , , number = ""] = placeholder.exec(masked) ?? [];
  if (format === "ipv4" || format === "ipv6" || format === "hostname") {
    return placeholder.test(masked) ? hosts[format](number) : null;
  }
  if (typeof format === "string" && uris.has(format)) {
    const text = masked.replaceAll(placeholders, (whole) => encodeURIComponent(whole));
    const uri = /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) ? text : `masked:${text}`;
    return uriForm.test(uri) ? uri : null;
  }
  return null;
}

/** Addresses and names that are nobody's (RFC 5737, RFC 3849, RFC 2606): one that tells its number, where it is that short. */
const hosts = {
  ipv4: (number: string) => `192.0.2.${/^\d{1,2}$/.test(number) ? Number(number) : 0}`,
  ipv6: (number: string) => `2001:db8::${/^[0-9a-f]{1,4}$/.test(number) ? number : 0}`,
  hostname: (number: string) => `host${number === "" ? "" : `-${number}`}.${nobody}`,
} as const;

/** True only for what `inFormat` has made. */
export function isOfFormat(format: Json | undefined, text: string): boolean {
  if (format === "email" || format === "idn-email") return emailForm.test(text);
  if (format === "ipv4" || format === "ipv6" || format === "hostname") {
    return hostForms[format].test(text);
  }
  return typeof format === "string" && uris.has(format) && uriForm.test(text);
}

const uris: ReadonlySet<string> = new Set(["uri", "uri-reference", "iri", "iri-reference", "url"]);
const emailForm = /^[a-z]{1,64}(?:-[a-z]{1,64})*(?:-[0-9a-f]{1,20})?@masked\.invalid$/;
/** RFC 3986 with a scheme: signs that need no escape, and escapes. */
const uriForm =
  /^[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#@!$&'()*+,;=]|%[0-9A-Fa-f]{2}){1,65536}$/;

const hostForms = {
  ipv4: /^192\.0\.2\.\d{1,2}$/,
  ipv6: /^2001:db8::[0-9a-f]{1,4}$/,
  hostname: /^host(?:-[0-9a-f]{1,20})?\.masked\.invalid$/,
} as const;

/** Patterns that addresses of ours match, which schemas made by Zod 4 state beside the format (zod/v4/core/regexes). */
const emailPatterns: ReadonlySet<Json> = new Set([
  "^(?:[A-Za-z0-9_'+\\-]+\\.)*[A-Za-z0-9_'+\\-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$",
  "^(?!\\.)(?!.*\\.\\.)([A-Za-z0-9_'+\\-\\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$",
]);

const hostPatterns: Readonly<Record<string, string>> = {
  ipv4: "^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])$",
  ipv6: "^(([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,7}:|([0-9a-fA-F]{1,4}:){1,6}:[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,5}(:[0-9a-fA-F]{1,4}){1,2}|([0-9a-fA-F]{1,4}:){1,4}(:[0-9a-fA-F]{1,4}){1,3}|([0-9a-fA-F]{1,4}:){1,3}(:[0-9a-fA-F]{1,4}){1,4}|([0-9a-fA-F]{1,4}:){1,2}(:[0-9a-fA-F]{1,4}){1,5}|[0-9a-fA-F]{1,4}:((:[0-9a-fA-F]{1,4}){1,6})|:((:[0-9a-fA-F]{1,4}){1,7}|:))$",
  hostname:
    "^(?=.{1,253}\\.?$)[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[-0-9a-zA-Z]{0,61}[0-9a-zA-Z])?)*\\.?$",
};

export function isKnownPattern(pattern: Json, format: Json | undefined): boolean {
  if (format === "email" || format === "idn-email") return emailPatterns.has(pattern);
  return (
    typeof format === "string" &&
    Object.hasOwn(hostPatterns, format) &&
    hostPatterns[format] === pattern
  );
}
