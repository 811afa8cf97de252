/** What the name of a value says about it: `ACME_API_KEY` is secret, `cache_key` and `tokenId` are not, and `acmeKey` perhaps. */
import { providerNames } from "#/masking/tokens/provider-names.ts";

export const secretWords = ["key", "token", "secret", "credential"] as const;

export type SecretWord = (typeof secretWords)[number];

/** `bare` is a key of nothing, `named` one of something that is unknown here. */
export type NameStrength = "secret" | "named" | "bare" | "other";

/** Up to three words more, as in `secret_access_key`, `tokenProd2`. */
const restForm = /^s?(?:[_-]?[A-Za-z]{1,14}\d{0,2}(?![A-Za-z\d])){0,3}\d?(?![A-Za-z\d])/;
/** Of something about a secret, not of the secret. */
const otherRest =
  /^s?[_-]?(?:id|name|type|ur[il]|path|file|folder|dir|arn|count|len|length|size|limit|max|min|ref|expir|version|alias|format|kind|label|usage|spec|store|status|state|index|field|column|prefix|suffix|hint|title|desc|source|endpoint|host|address|created|updated|issuer|owner|manager|provider|algorithm|rotation|hash|digest|fingerprint|sha|checksum|is|was|from|for|of|in|and|or|to|the|with|by)(?:$|[^a-z]|[A-Z])/;

/** How long the rest of the name is; null where it names something else. */
export function restOfName(ahead: string): number | null {
  const rest = restForm.exec(ahead)?.[0];
  if (rest === undefined) return null;
  return rest !== "" && otherRest.test(rest.toLowerCase()) ? null : rest.length;
}

/** Keys of these are secret; those of tables, caches and objects are not, nor are public ones. */
const secretKeys =
  /(?:api|access|secret|priv|private|auth|authorization|authentication|encrypt|encryption|decryption|signing|signature|client|service|account|app|application|admin|master|license|licence|consumer|webhook|sdk|deploy|shared|subscription|developer|hmac|aes|crypto|cipher|session|jwt|recovery|security|sas|connection|bot|pre-?shared|psk|bearer|server|project|org|test|prod|dev|live|sandbox|personal|write|read|ingest)$/i;
/** Keys that tables, caches, stores and lists are full of. */
const dataKeys =
  /(?:public|pub|primary|foreign|cache|row|sort|partition|idempotency|routing|object|group|map|hash|range|dedup\w*|lookup|index|unique|composite|surrogate|business|natural|item|record|entity|order|event|message|translation|i18n|locale|state|query|job|task|lock|content|path|issue|bucket|file|image|media|asset|upload|blob|document|node|data|trace|correlation|request|user|customer|product|tenant|parent|child|source|target|by|the|a|this|of|for)$/i;
const otherTokens =
  /(?:page|next|prev|previous|continuation|continue|sync|cursor|pagination|cancellation|cancel|public|resume|skip|change)$/i;

/** What stands before a name in a program. */
const keywords = /^(?:const|let|var|static|final|define|val|string|export|set|String)$/;

/** `before` ends with the word. */
export function nameStrength(before: string, word: SecretWord): NameStrength {
  const name = /[\w.-]*(?:(?<=[A-Za-z]) [\w.-]*)?$/.exec(before.slice(0, -word.length))?.[0] ?? "";
  const qualifier = name.replace(/[_ .-]+$/, "").replace(keywords, "");
  if (word !== "key") return otherTokens.test(qualifier) ? "other" : "secret";
  if (secretKeys.test(qualifier)) return "secret";
  const parts = qualifier
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[_ .-]+/);
  const last = parts.at(-1) ?? "";
  if (last === "") return "bare";
  if (parts.some((part) => providerNames.has(part)) || providerNames.has(parts.join("")))
    return "secret";
  // Part of another word: `monkey`.
  if (name === qualifier && !/[a-z\d]$/.test(name) && name !== name.toUpperCase()) return "other";
  return dataKeys.test(last) ||
    dataKeys.test(qualifier) ||
    (name === qualifier && before.at(-3) === "k")
    ? "other"
    : "named";
}
