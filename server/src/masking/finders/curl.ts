/** Credentials on the command line of curl: `-u NAME:PASSWORD`, and headers that carry a key (curl's manual). */
import type { Reading } from "#/masking/reading.ts";
import { atText, type Rule } from "#/masking/rule.ts";
import { isDummy, textAt } from "./text-at.ts";

const optionBytesMax = 320;
/** So far before an option its command stands. */
const commandReach = 1024;

export const curlRules: readonly Rule[] = [
  ...[" -u", " --user"].map((text) => atText(text, optionBytesMax, findUser)),
  ...[" -H", " --header"].map((text) => atText(text, optionBytesMax, findHeader)),
];

const userForm = /^[ =]{0,2}(?:"([^"\n]{3,200})"(?!:)|'([^'\n]{3,200})'(?!:)|(\S{3,200}))/d;
const headerForm =
  /^[ =]{0,3}["']?([\w-]{0,40}(?:authorization|api-?key|token|secret|auth)[\w-]{0,20}):\s{0,4}([^\s"'\n]{8,256})(?=["'\s]|$)/di;

function findUser(reading: Reading, at: number): void {
  const text = optionText(reading, at);
  const match = text === null ? null : userForm.exec(text);
  if (match === null) return;
  const group = [1, 2, 3].find((index) => match[index] !== undefined) ?? 0;
  const value = match[group] ?? "";
  const [from = 0] = match.indices?.[group] ?? [];
  const colon = value.indexOf(":");
  if (colon < 0) return;
  // An API key stands often in the place of the name, with nothing behind it.
  const isKey = colon === value.length - 1;
  const start = isKey ? 0 : colon + 1;
  addValue(reading, at + 1 + from + start, isKey ? value.slice(0, -1) : value.slice(start));
}

function findHeader(reading: Reading, at: number): void {
  const text = optionText(reading, at);
  const match = text === null ? null : headerForm.exec(text);
  const [from = 0] = match?.indices?.[2] ?? [];
  if (match !== null && /\d/.test(match[2] ?? "")) addValue(reading, at + 1 + from, match[2] ?? "");
}

/** What follows the option, if it is one of curl. */
function optionText(reading: Reading, at: number): string | null {
  reading.spend(1);
  if (reading.since("curl", at) > commandReach) return null;
  reading.spend(32);
  return textAt(reading.bytes, at + 1, Math.min(reading.limit, at + 1 + optionBytesMax));
}

const valueBytesLeast = 4;

function addValue(reading: Reading, first: number, quoted: string): void {
  const opening = /^["']?/.exec(quoted)?.[0].length ?? 0;
  const value = quoted.slice(opening).replace(/["'\\]+$/, "");
  if (
    value.length < valueBytesLeast ||
    isDummy(value) ||
    isDummy(value.replace(/>$/, "")) ||
    value.endsWith("...") ||
    /^\$[\w{(]/.test(value)
  )
    return;
  reading.add({
    entity: "http_credential",
    start: first + opening,
    end: first + opening + value.length,
    confidence: 0.75,
    rule: "curl",
  });
}
