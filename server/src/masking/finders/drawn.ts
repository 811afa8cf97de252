/** Whether a value was drawn, or is made of words and numbers that somebody chose: told by how letters, capitals and digits change. */

/** How much a value looks drawn: 0 not at all, 1 as digests and UUIDs do, 2 as nothing else does. */
export type Drawn = 0 | 1 | 2;

export function drawnness(value: string): Drawn {
  if (isMadeUp(value)) return 0;
  if (/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value)) return 1;
  const hex = /^(?:[0-9a-f]+|[0-9A-F]+)$/.test(value);
  if (hex)
    return value.length >= 32 && /\d/.test(value) && /[a-f]/i.test(value) ? 1 : hexShort(value);
  // Of a cluster of Kubernetes that a node may join.
  if (/^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(value)) return 1;
  if (/^[a-z]{20,}$/.test(value))
    return value.replaceAll(/[^aeiou]/g, "").length < value.length * vowelsLeast ? 1 : 0;
  let changes = 0;
  let longest = 0;
  let groups = 0;
  let grouped = 0;
  for (const part of value.split(/[^0-9A-Za-z]+/)) {
    if (/\d/.test(part) && /[A-Za-z]/.test(part)) {
      groups += 1;
      grouped += part.length;
    }
    if (part.length < mixedLeast || !isMixed(part)) continue;
    changes += changesOf(part);
    longest = Math.max(longest, part.length);
  }
  if (changes >= 5 && longest >= 12) return 2;
  const isGrouped = groups >= groupsLeast && grouped >= groupedLeast;
  return changes >= 3 || (longest >= 24 && changes >= 1) || isGrouped ? 1 : 0;
}

/** Of the letters of words so many are vowels. */
const vowelsLeast = 0.26;
const mixedLeast = 6;
/** Groups of letters and digits, as licences are written in. */
const groupsLeast = 3;
const groupedLeast = 16;

function hexShort(value: string): Drawn {
  if (/^\d+$/.test(value)) return value.length >= 32 ? 1 : 0;
  return value.length >= 16 && changesOf(value) >= 3 ? 1 : 0;
}

/** Not `getUserAccount`, `version2`, `20240115`, `2nd`: letters with digits among them, or capitals within words. */
function isMixed(part: string): boolean {
  if (/^\d+$/.test(part) || /^[A-Za-z][a-z]*\d{0,4}$/.test(part) || /^[A-Z]+\d{0,4}$/.test(part))
    return false;
  if (isCamel(part)) return false;
  if (/\d/.test(part)) return true;
  // Words in one word have a capital for every three letters and more.
  const capitals = part.replaceAll(/[^A-Z]/g, "").length;
  return part.length >= 16 && capitals > part.length * 0.3 && capitals < part.length * 0.8;
}

/** `tokensAndCommentsInt32`: words of four letters and more make most of it. */
function isCamel(part: string): boolean {
  if (!/[a-z][A-Z]/.test(part) || part.replaceAll(/\D/g, "").length > 4) return false;
  const words = part.match(/[A-Z]?[a-z]{3,}/g) ?? [];
  return words.reduce((sum, word) => sum + word.length, 0) >= part.length * 0.6;
}

/** How often letters and digits take turns, and small letters and capitals. */
function changesOf(part: string): number {
  let changes = 0;
  let before = kindOf(part.charCodeAt(0));
  for (let at = 1; at < part.length; at += 1) {
    const kind = kindOf(part.charCodeAt(at));
    // A capital that begins a word is no change.
    if (kind !== before && !(before === 2 && kind === 1)) changes += 1;
    before = kind;
  }
  return changes;
}

function kindOf(code: number): 0 | 1 | 2 {
  return code < 0x3a ? 0 : code < 0x5b ? 2 : 1;
}

function isMadeUp(value: string): boolean {
  return (
    /example|placeholder|change-?me|insert|replace|sample|dummy|redacted|your[_-]|x{6}|\*{4}|\.{3}|\.\.$|^0x[0-9a-f]{40}$/i.test(
      value,
    ) ||
    /^v?\d+\.\d+\.\d|\\u[0-9a-f]{4}/i.test(value) ||
    new Set(value).size < 6 ||
    /(.)\1{7}/.test(value)
  );
}
