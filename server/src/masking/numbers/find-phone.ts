/** Telephone numbers among groups of digits: by what dials them, by a word near them, by their form. */
import type { Reading } from "#/masking/reading.ts";
import { kindReachAfter, topicReach } from "#/masking/topics.ts";
import { extensionEnd } from "./edges.ts";
import { formOf } from "./number-run.ts";
import { otherReach, type Part } from "./part.ts";
import { phoneSureness } from "./phone.ts";

export function isDialled({ bytes, floor }: Reading, start: number): boolean {
  return start > floor && bytes[start - 1] === 0x2b;
}

export function findPhone(
  reading: Reading,
  part: Part,
  said: {
    readonly form: string;
    readonly found: boolean;
    readonly followed: boolean;
  },
): void {
  const { run, from, to, count, start, end, whole, other } = part;
  const { bytes, floor } = reading;
  const { form } = said;
  const plus =
    isDialled(reading, start) ||
    (start - 2 >= floor && bytes[start - 1] === 0x28 && bytes[start - 2] === 0x2b);
  const since = reading.since("phone", start);
  const grouped = from !== to && said.followed;
  const named =
    (since <= topicReach && since < other) ||
    (grouped && reading.follows("phone_kind", end, kindReachAfter));
  if (!named && (other <= otherReach || (!plus && from === to))) return;
  if (!whole && !plus && !named) return;
  // Of a version, such as `v0.0.0-2019…`.
  if (!plus && start > floor && bytes[start - 1] === 0x2e) return;
  const at = run.first[from] ?? 0;
  // Neither of a form that tells by itself, nor called one.
  if (!plus && !named && run.digits[at] !== 0 && ![10, 11, 13].includes(count)) return;
  const written = form === "" ? formOf(run, bytes, from, to) : form;
  const confidence = phoneSureness(run.digits, at, count, written, {
    plus,
    named,
  });
  if (confidence === 0 || (said.found && !named && !plus)) return;
  const bracketed = start > floor && bytes[start - 1] === 0x28;
  const extension = part.extension ? extensionEnd(bytes, end, reading.limit) : end;
  const first = start - (plus ? (bracketed ? 2 : 1) : bracketed ? 1 : 0);
  reading.add({ entity: "phone_number", start: first, end: extension, confidence, rule: null });
}
