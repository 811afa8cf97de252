/** What the name of a value says about it: `ACME_API_KEY` is secret, `cache_key` and `tokenId` are not, and `acmeKey` perhaps. */
import { alnumBit, alphabetsOfByte, letterBit, wordBit } from "#/masking/alphabet.ts";
import { providerNames } from "#/masking/tokens/provider-names.ts";
import { textAt } from "./text-at.ts";

export const secretWords = ["key", "token", "secret", "credential", "access", "private"] as const;

export type SecretWord = (typeof secretWords)[number];

/** `bare` is a key of nothing, `named` one of something that is unknown here. */
export type NameStrength = "secret" | "named" | "bare" | "other";

/** Up to three words more, as in `secret_access_key`, `tokenProd2`. */
const restForm = /^s?(?:[_-]?[A-Za-z]{1,14}\d{0,2}(?![A-Za-z\d])){0,3}\d?(?![A-Za-z\d])/;
/** Of something about a secret, not of the secret. */
const otherRest =
  /(?:event|version|name|type|path|file)$|^s?[_-]?(?:id|name|type|ur[il]|path|file|folder|dir|arn|count|len|length|size|limit|max|min|ref|expir|version|alias|format|kind|label|usage|spec|store|status|state|index|field|column|prefix|suffix|hint|title|desc|source|endpoint|host|address|created|updated|issuer|owner|manager|provider|algorithm|rotation|hash|digest|fingerprint|sha|checksum|is|was|from|for|of|in|and|or|to|the|with|by)(?:$|[^a-z]|[A-Z])/;

/** How long the rest of the name is; null where it names something else. */
export function restOfName(ahead: string): number | null {
  const rest = restForm.exec(ahead)?.[0];
  if (rest === undefined) return null;
  return rest !== "" && otherRest.test(rest.toLowerCase()) ? null : rest.length;
}

const wordLettersLeast = 2;
const wordLettersMost = 14;

/** Keys of these are secret; those of tables, caches and objects are not, nor are public ones. */
const secretKeys = wordsOf(`
  api access secret priv private auth authorization authentication encrypt encryption decryption signing
  signature client service account app application admin master license licence consumer webhook sdk deploy
  shared subscription developer hmac aes crypto cipher session jwt recovery security sas connection bot
  pre-shared preshared psk bearer server project org test prod dev live sandbox personal write read ingest
`);
/** Keys that tables, caches, stores and lists are full of. */
const dataKeys = wordsOf(`
  public pub primary foreign cache row sort partition idempotency routing object group map hash range dedup
  deduplication lookup index unique composite surrogate business natural item record entity order event
  message translation i18n locale state query job task lock content path issue bucket file image media
  asset upload blob document node data trace correlation request user customer product tenant parent child
  source target by the a this of for
`);
/** Tokens that lead through pages, or change nothing. */
const otherTokens = wordsOf(`
  page next prev previous continuation continue sync cursor pagination cancellation cancel public resume
  skip change
`);
/** What stands before a name in a program. */
const keywords = wordsOf("const let var static final define val string export set");
interface Words {
  readonly words: ReadonlySet<string>;
  /** The last letters of each: most texts end in none of them. */
  readonly endings: ReadonlySet<string>;
}

function wordsOf(text: string): Words {
  const words = text.trim().split(/\s+/);
  const endings = words.filter(({ length }) => length >= wordLettersLeast);
  return {
    words: new Set(words),
    endings: new Set(endings.map((word) => word.slice(-wordLettersLeast))),
  };
}

/** What stands before the telling word of a name. */
interface Qualifier {
  readonly text: string;
  /** Nothing stands between the two. */
  readonly isJoined: boolean;
}

/** Bytes of names, and a blank or a full stop between two words of one, backward from `first`. */
export function qualifierBefore(bytes: Uint8Array, first: number, floor: number): Qualifier {
  let start = first;
  let blanks = 0;
  for (; start > floor; start -= 1) {
    const byte = bytes[start - 1] as number;
    if (byte === 0x20 && blanks === 0 && start - 2 >= floor && isLetter(bytes[start - 2] as number))
      blanks += 1;
    else if (!isNameByte(byte)) break;
  }
  let end = first;
  while (end > start && !isLetterOrDigit(bytes[end - 1] as number)) end -= 1;
  const text = textAt(bytes, start, end);
  return { text: keywords.words.has(text) ? "" : text, isJoined: end === first && end > start };
}

/** `isLower`: whether the word begins with a small letter. */
export function nameStrength(
  { text, isJoined }: Qualifier,
  word: SecretWord,
  isLower: boolean,
): NameStrength {
  const low = text.toLowerCase();
  // What is private is of more than secrets: only a service's is one.
  if (word === "access" || word === "private") return isOfProvider(text) ? "secret" : "other";
  if (word !== "key") return endsWith(otherTokens, low) ? "other" : "secret";
  if (low === "") return "bare";
  if (endsWith(secretKeys, low)) return "secret";
  // Part of another word: `monkey`, `TURKEY`.
  if (isJoined && (isLower || isUpper(text))) return "other";
  if (isOfProvider(text)) return "secret";
  return endsWith(dataKeys, low) ? "other" : "named";
}

/** Whether a word of it is a provider's name, or all of them together are: `DataDog`, `data_dog`. */
function isOfProvider(text: string): boolean {
  const low = text.toLowerCase();
  let joined = "";
  let start = 0;
  let isSmallBefore = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const separates = isSeparator(code);
    if (separates || (isSmallBefore && isUpperCode(code))) {
      const part = low.slice(start, at);
      if (providerNames.has(part)) return true;
      joined += part;
      start = separates ? at + 1 : at;
    }
    isSmallBefore = (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39);
  }
  const last = start === 0 ? low : low.slice(start);
  return providerNames.has(last) || (start > 0 && providerNames.has(joined + last));
}

function isSeparator(code: number): boolean {
  return code === 0x5f || code === 0x20 || code === 0x2e || code === 0x2d;
}

function isUpper(text: string): boolean {
  return isUpperCode(text.charCodeAt(text.length - 1));
}

function isUpperCode(code: number): boolean {
  return code >= 0x41 && code <= 0x5a;
}

function endsWith({ words, endings }: Words, text: string): boolean {
  if (!endings.has(text.slice(-wordLettersLeast))) return false;
  for (let length = Math.min(wordLettersMost, text.length); length >= wordLettersLeast; length -= 1)
    if (words.has(text.slice(-length))) return true;
  return false;
}

function isNameByte(byte: number): boolean {
  return ((alphabetsOfByte[byte] as number) & wordBit) !== 0 || byte === 0x2d || byte === 0x2e;
}

function isLetter(byte: number): boolean {
  return ((alphabetsOfByte[byte] as number) & letterBit) !== 0;
}

function isLetterOrDigit(byte: number): boolean {
  return ((alphabetsOfByte[byte] as number) & alnumBit) !== 0;
}
