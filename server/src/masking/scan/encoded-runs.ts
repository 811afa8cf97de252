/** Runs of base64 and hexadecimal in a text as it comes: each is decoded once, and what is found in it makes the whole run a finding. */

import type { Finding } from "#/masking/finding.ts";
import { lookBehindMax, type Reading } from "#/masking/reading.ts";
import { decodeRun, encodedBytesLeast, encodedBytesMax, isEncodedByte } from "./encoded-run.ts";
import type { TextWindow } from "./text-window.ts";

export interface EncodedRuns {
  /** Notes the runs among the bytes from `from` to `to`. */
  readonly sample: (from: number, to: number) => void;
  /** Looks into those that are there to their end; where the budget of the text is spent, none is decoded. */
  readonly workOff: (isEnd: boolean, isSpent: boolean) => void;
  /** Where in the text the first stands that waits; Infinity where none does. */
  readonly first: () => number;
  readonly forget: () => void;
}

export function createEncodedRuns(
  window: TextWindow,
  reading: Pick<Reading, "mark" | "setMark" | "spend" | "add">,
  firstIn: (text: Uint8Array) => Finding | null,
): EncodedRuns {
  /** Positions within runs. */
  let runs: number[] = [];

  return {
    sample,
    workOff(isEnd, isSpent) {
      let done = 0;
      for (; done < runs.length; done += 1) {
        const at = (runs[done] ?? 0) - window.base;
        if (at + encodedBytesMax > window.filled && !isEnd) break;
        if (!isSpent) look(at, Math.min(window.filled, at + encodedBytesMax));
      }
      if (done > 0) runs = runs.slice(done);
    },
    first: () => runs[0] ?? Number.POSITIVE_INFINITY,
    forget() {
      runs.length = 0;
    },
  };

  /** A run of `encodedBytesLeast` holds one of the positions that are looked at, and half as much before or after it. */
  function sample(from: number, to: number): void {
    const { bytes, base } = window;
    const half = encodedBytesLeast / 2;
    const first = from + half - 1 - ((base + from + half - 1) % half);
    for (let at = first; at < to; at += half) {
      // Words are shorter: most positions are told by the first or second look.
      if (at < from || at < half - 1 || !isEncodedByte(bytes[at - half / 2] as number)) continue;
      if (!isEncodedByte(bytes[at] as number)) continue;
      let back = 1;
      while (back < half && isEncodedByte(bytes[at - back] as number)) back += 1;
      if (back === half) runs.push(base + at);
    }
  }

  function look(at: number, end: number): void {
    const { bytes, filled } = window;
    const from = Math.max(0, at - lookBehindMax, reading.mark("encoded"));
    if (at < from) return;
    let start = at;
    while (start > from && isEncodedByte(bytes[start - 1] as number)) start -= 1;
    let last = at + 1;
    while (last < end && isEncodedByte(bytes[last] as number)) last += 1;
    // A part of a longer run ends with a whole quantum.
    if (last === end && last < filled) last -= (last - start) % 4;
    reading.setMark("encoded", last);
    reading.spend(last - start);
    const decoded = last - start < encodedBytesLeast ? null : decodeRun(bytes, start, last);
    if (decoded === null) return;
    reading.spend(decoded.text.length);
    const found = firstIn(decoded.text);
    if (found === null) return;
    while (last < filled && last - at < encodedBytesMax && bytes[last] === 0x3d) last += 1;
    const { entity, rule, confidence } = found;
    reading.add({
      entity,
      start,
      end: last,
      confidence,
      rule: `${rule ?? entity}+${decoded.how}`,
    });
  }
}
