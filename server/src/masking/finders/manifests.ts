/**
 * Values of a Secret of Kubernetes in YAML: what stands under `data:` in base64, and under `stringData:` as it is (API reference, core v1
 * Secret). The name of an entry tells nothing, its document does.
 */
import type { Reading } from "#/masking/reading.ts";
import { atText, type Rule } from "#/masking/rule.ts";
import { isDummy, textAt } from "./text-at.ts";

/** An object is looked at so far behind the line that its data begin with. */
const objectBytesMax = 8192;
/** So far before its data its kind may stand. */
const kindReach = 2048;
const indentMost = 16;

export const manifestRules: readonly Rule[] = [
  ...["kind: secret", 'kind: "secret', "kind: 'secret"].map((text) =>
    atText(text, 1, noteKind, { fold: true }),
  ),
  atText("\n---", 1, forgetKind),
  ...["data:", "stringData:"].map((text) =>
    atText(text, objectBytesMax, (reading, at) => findData(reading, at, text)),
  ),
];

function noteKind(reading: Reading, at: number): void {
  const following = at + 1 < reading.limit ? (reading.bytes[at + 1] ?? 0) : 0x0a;
  // `SecretList`, `SecretStore`.
  if (following <= 0x20 || following === 0x22 || following === 0x27)
    reading.setMark("secretKind", at);
}

/** Another object begins. */
function forgetKind(reading: Reading): void {
  reading.setMark("secretKind", -reading.base);
}

const kindForm = /^kind: {1,4}["']?secret["']?\s*$/im;

function findData(reading: Reading, at: number, name: string): void {
  const { bytes, floor, limit } = reading;
  const first = at + 1 - name.length;
  const indent = indentBefore(bytes, first, floor);
  if (indent < 0 || first < reading.mark("manifests") || !isLineEnd(bytes, at + 1, limit)) return;
  const ahead = textAt(bytes, at + 1, limit);
  const object = /^---/m.exec(ahead)?.index ?? ahead.length;
  reading.spend(object / 4);
  const kindAt = reading.mark("secretKind");
  const isBehind = kindAt + reading.base > 0 && first - kindAt <= kindReach;
  // What says here that it is no secret says so of the next data of the object, too.
  if (!isBehind && !kindForm.test(ahead.slice(0, object))) {
    reading.setMark("manifests", at + 1 + object);
    return;
  }
  reading.setMark("manifests", first + 1);
  for (const [from, to] of entriesOf(ahead.slice(0, object), indent)) {
    const value = ahead.slice(from, to);
    if (name === "data:" ? !isEncoded(value) : isDummy(value)) continue;
    reading.add({
      entity: "password",
      start: at + 1 + from,
      end: at + 1 + to,
      confidence: 0.75,
      rule: "kubernetes_secret",
    });
  }
}

/** How far a line is indented whose first word begins at `first`; -1 where something stands before it. */
function indentBefore(bytes: Uint8Array, first: number, floor: number): number {
  let at = first;
  while (at > floor && first - at < indentMost && isBlank(bytes[at - 1] ?? 0)) at -= 1;
  return at === floor || bytes[at - 1] === 0x0a ? first - at : -1;
}

function isLineEnd(bytes: Uint8Array, from: number, limit: number): boolean {
  let at = from;
  while (at < limit && isBlank(bytes[at] ?? 0)) at += 1;
  return at === limit || bytes[at] === 0x0a || bytes[at] === 0x0d;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09;
}

const entryForm =
  /^["']?[\w.-]{1,253}["']?:[ \t]{1,8}(?:[|>][+-]?\d?[ \t]*$|(["']?)([^\s"'#][^"'\n\r]*?)\1[ \t]*(?:#.*)?\r?$)/d;

/** Where the values of the entries lie that are indented deeper than their parent, those in lines of their own too. */
function* entriesOf(text: string, indent: number): Generator<readonly [from: number, to: number]> {
  let at = text.indexOf("\n") + 1;
  let entryIndent = -1;
  while (at > 0 && at < text.length) {
    const end = text.indexOf("\n", at) === -1 ? text.length : text.indexOf("\n", at);
    const line = text.slice(at, end).trimEnd();
    const depth = line.length - line.trimStart().length;
    if (line !== "" && !line.trimStart().startsWith("#")) {
      if (depth <= indent) return;
      const entry = entryForm.exec(line.slice(depth));
      if (entryIndent === -1 || depth === entryIndent) {
        entryIndent = depth;
        const [from = 0, to = 0] = entry?.indices?.[2] ?? [];
        if (to > from) yield [at + depth + from, at + depth + to];
      } else if (depth > entryIndent) {
        yield [at + depth, at + line.length];
      }
    }
    at = end + 1;
  }
}

/** Of four bytes and more: what is shorter is a flag or a number. */
function isEncoded(value: string): boolean {
  return (
    value.length % 4 === 0 &&
    /^[A-Za-z0-9+/]{6,}={0,2}$/.test(value) &&
    Buffer.from(value, "base64").toString("latin1").trim().length >= 4
  );
}
