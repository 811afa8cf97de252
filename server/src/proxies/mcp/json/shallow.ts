/**
 * Where the members of an object lie, without a look into them: for answers, which are long, pass as they came, and of
 * which a few members matter.
 *
 * Takes the text byte by byte (Latin-1), in which everything that structures JSON looks the same as in UTF-8. It is no
 * judge of what it skips: what is masked is read whole, elsewhere.
 */

export interface Place {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** An object of a text, with its members. */
export interface ShallowObject {
  readonly text: string;
  readonly start: number;
  /** Null where they can't be told. */
  readonly members: ReadonlyMap<string, Place> | null;
}

export function shallowObject(text: string, start: number): ShallowObject {
  return { text, start, members: shallowMembers(text, start) };
}

/** As it is written; null where there is none. */
export function memberIn({ text, members }: ShallowObject, key: string): string | null {
  const place = members?.get(key);
  return place === undefined ? null : text.slice(place.start, place.end);
}

const quote = 0x22;
const backslash = 0x5c;

/** Of the object that begins at `start`; null where none does, or it is not well formed as far as was looked. */
export function shallowMembers(text: string, start = 0): ReadonlyMap<string, Place> | null {
  const members = new Map<string, Place>();
  let at = skipSpace(text, start);
  if (text[at] !== "{") return null;
  at = skipSpace(text, at + 1);
  if (text[at] === "}") return members;
  for (;;) {
    if (text.charCodeAt(at) !== quote) return null;
    const keyEnd = stringEnd(text, at);
    if (keyEnd < 0) return null;
    const key = text.slice(at + 1, keyEnd - 1);
    at = skipSpace(text, keyEnd);
    if (text[at] !== ":") return null;
    at = skipSpace(text, at + 1);
    const end = valueEnd(text, at);
    // A key that is spelled with escapes could be one that matters, and so could a second one.
    if (end < 0 || key.includes("\\") || members.has(key)) return null;
    members.set(key, { start: at, end });
    at = skipSpace(text, end);
    if (text[at] === "}") return members;
    if (text[at] !== ",") return null;
    at = skipSpace(text, at + 1);
  }
}

/** Behind the value that begins at `start`; -1 where there is no end. */
function valueEnd(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === quote) return stringEnd(text, start);
  if (text[start] !== "{" && text[start] !== "[") return plainEnd(text, start);
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case quote: {
        const end = stringEnd(text, at);
        if (end < 0) return -1;
        at = end - 1;
        break;
      }
      case 0x7b:
      case 0x5b:
        depth += 1;
        break;
      case 0x7d:
      case 0x5d:
        depth -= 1;
        if (depth === 0) return at + 1;
    }
  }
  return -1;
}

function plainEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length && /[-+.\w]/.test(text.charAt(at))) at += 1;
  return at === start ? -1 : at;
}

function stringEnd(text: string, start: number): number {
  let at = start + 1;
  for (;;) {
    const end = text.indexOf('"', at);
    if (end < 0) return -1;
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes += 1;
    if (escapes % 2 === 0) return end + 1;
    at = end + 1;
  }
}

function skipSpace(text: string, start: number): number {
  let at = start;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at += 1;
  }
}
