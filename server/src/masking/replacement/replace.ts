/**
 * What stands in a text instead of what was found.
 *
 * Every replacement shows the kind of data. None holds a quote, a backslash or a line break, so that it stands as well in a string of
 * SQL, JSON or CSV. A secret is never shown in part.
 */
import { hash } from "node:crypto";
import { type Entity, entityOf, labelOf } from "#/core/entity.ts";
import { formatPreserved } from "./format-preserved.ts";
import { normalised } from "./normalised.ts";
import type { Pseudonyms } from "./pseudonyms.ts";

export type Replace = (entity: Entity, value: string) => string;

/** `<EMAIL>` */
export const redact: Replace = (entity) => `<${labelOf(entity)}>`;

const shownCharacters = 4;

/** `**** **** **** 1111`: the last four letters and digits, of what has at least three times as many. */
export const partial: Replace = (entity, value) => {
  if (entityOf(entity).kind === "secret") return redact(entity, value);
  return partlyShown(value) ?? redact(entity, value);
};

/** Most values are of these letters alone, and short: read by their codes. Null where nothing of it may be shown. */
function partlyShown(value: string): string | null {
  let letters = 0;
  for (let at = 0; at < value.length; at += 1) {
    const code = value.charCodeAt(at);
    if (code > 0x7e) return partlyShownUnicode(value);
    // Controls, `"`, `'` and a backslash.
    if (code < 0x20 || code === 0x22 || code === 0x27 || code === 0x5c) return null;
    if (isLetterOrDigit(code)) letters += 1;
  }
  if (letters < 3 * shownCharacters) return null;
  let hidden = letters - shownCharacters;
  let shown = "";
  let at = 0;
  for (; hidden > 0; at += 1) {
    const isHidden = isLetterOrDigit(value.charCodeAt(at));
    if (isHidden) hidden -= 1;
    shown += isHidden ? "*" : value[at];
  }
  return shown + value.slice(at);
}

function isLetterOrDigit(code: number): boolean {
  const low = code | 0x20;
  return (code >= 0x30 && code <= 0x39) || (low >= 0x61 && low <= 0x7a);
}

function partlyShownUnicode(value: string): string | null {
  const letters = value.replaceAll(/[^\p{L}\p{N}]/gu, "").length;
  if (letters < 3 * shownCharacters || /[\p{C}"'\\]/u.test(value)) return null;
  let hidden = letters - shownCharacters;
  return value.replaceAll(/[\p{L}\p{N}]/gu, (letter) => {
    hidden -= 1;
    return hidden >= 0 ? "*" : letter;
  });
}

const hashHexDigits = 16;
const blockBytes = 64;

/** `<EMAIL:9f86d081884c7d65>`: the same for the same value under one key (RFC 2104, HMAC-SHA-256, its first 64 bits). */
export function hashUnder(key: Uint8Array): Replace {
  const block = Buffer.alloc(blockBytes);
  block.set(key.length > blockBytes ? hash("sha256", key, "buffer") : key);
  const inner = block.map((byte) => byte ^ 0x36);
  const outer = block.map((byte) => byte ^ 0x5c);
  return (entity, value) => {
    const message = Buffer.from(`${entity}\0${normalised(entity, value)}`);
    const first = hash("sha256", Buffer.concat([inner, message]), "buffer");
    const digest = hash("sha256", Buffer.concat([outer, first]), "hex");
    return `<${labelOf(entity)}:${digest.slice(0, hashHexDigits)}>`;
  };
}

/** `<EMAIL_3>`: a pseudonym of the session. Where its vault has no room, the value is redacted. */
export function tokeniseIn(pseudonyms: Pseudonyms): Replace {
  return (entity, value) => {
    const number = pseudonyms.numberOf(entity, value);
    return number === null ? redact(entity, value) : `<${labelOf(entity)}_${number}>`;
  };
}

/** Another value of the same format, for what is checked further on; what has no format to keep is redacted. */
export function preserveFormatUnder(key: Uint8Array): Replace {
  return (entity, value) => formatPreserved(key, entity, value) ?? redact(entity, value);
}
