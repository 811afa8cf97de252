/** Small readings of a text around an anchor, which several finders need. */

const shortMost = 24;

export function textAt(bytes: Uint8Array, from: number, to: number): string {
  // Short texts come faster one by one than through a view of the bytes.
  if (to - from <= shortMost) {
    let text = "";
    for (let at = from; at < to; at += 1) text += String.fromCharCode(bytes[at] as number);
    return text;
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("latin1");
}

/** The first position from `from` on whose byte is not in the alphabets of `bits`. */
export function runEnd(
  bytes: Uint8Array,
  from: number,
  limit: number,
  table: Uint32Array,
  bits: number,
): number {
  let at = from;
  while (at < limit && ((table[bytes[at] ?? 0] ?? 0) & bits) !== 0) at += 1;
  return at;
}

/** What people write where a secret will stand: `<password>`, `${TOKEN}`, `xxxxxxxx`, `%s`. A word may well be one. */
export function isPlaceholder(value: string): boolean {
  return /^(?:[<[{(].*[>\]})]|\$\{?.*|%.*%|%[sdv]|\{\{.*|#\{.*|@.*@|\*+|[xX]+|\.+|_+|-+|#+|null|none|undefined|process\.env.*|os\.environ.*|REPLACE_WITH_\w+|YOUR_\w+)$/.test(
    value,
  );
}

/** Whether it repeats or counts so much that nobody would have drawn it: `aaaa…`, `1234567890…`, `deadbeef…` is not. */
export function isFiller(value: string): boolean {
  if (value.length < 12) return false;
  const distinct = new Set(value).size;
  if (distinct < Math.min(6, value.length / 4)) return true;
  if (/x{6}|X{6}|\*{4}|\.{4}|0{9}|1{9}|-{4}|_{6}/.test(value)) return true;
  let runs = 0;
  for (let at = 1; at < value.length; at += 1) {
    const step = value.charCodeAt(at) - value.charCodeAt(at - 1);
    if (step === 1 || step === 0) runs += 1;
  }
  return runs > value.length * 0.6;
}

/** Whom a sample of a connection is for, and with what: both are words of the sample, so that neither is anybody's. */
const sampleUsers =
  /^(?:(?:my|db|some|the|your)?[-_]?(?:user|usr|username|login|name|u)|scott)\d?$/i;
const samplePasswords =
  /^(?:(?:my|db|some|the|your|user)?[-_]?(?:pass|password|passwd|pwd|pw|p)|tiger)\d?$/i;

export function isSample(user: string, password: string): boolean {
  return sampleUsers.test(user) && samplePasswords.test(password);
}

const dummies =
  /^(?:pass(?:word|wd|wort|phrase)?|pwd|secret|tokens?|api-?key|key|test|user(?:name)?|name|value|string|text|hidden|none|null|nil|true|false|required|optional|undefined|empty|example|changeme|foo|bar)$/i;

/** The name of a secret, or of its type, where the secret itself would stand. */
export function isDummy(value: string): boolean {
  return (
    isPlaceholder(value) ||
    dummies.test(value) ||
    /x{8}|^(?:(?:old|new|confirm|user|repeat)_?)?(?:password|passwd|pwd)_?\d$/i.test(value) ||
    /^(?:your|my|the|enter|new|old|current|confirm|change|insert|example|some)[-_ ]?\w*[-_ ]?(?:password|passwd|pass|secret|here)\W*$/i.test(
      value,
    )
  );
}
