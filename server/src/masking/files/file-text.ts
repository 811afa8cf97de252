/** Text, with the line and column of each finding. */

import { startMasking } from "#/masking/mask-text.ts";
import type { FileScan, FileScanOptions } from "./file-scan.ts";

const lineFeed = 0x0a;

export function startPlainText({ finder, replace, onFound, emit }: FileScanOptions): FileScan {
  const lines = createLineCounter();
  const stream = startMasking({
    finder,
    replace,
    emit: emit ?? (() => {}),
    onFinding: ({ entity, rule, confidence, start }) =>
      onFound({ entity, rule, confidence, ...lines.placeOf(start), path: null }),
  });
  return {
    push(piece) {
      lines.push(piece);
      stream.push(piece);
    },
    end: stream.end,
  };
}

/** Places are asked for in their order, so that line breaks behind them can be forgotten. */
function createLineCounter() {
  /** Positions after line breaks that no place has passed yet. */
  let ahead: number[] = [];
  let read = 0;
  let line = 1;
  let lineStart = 0;
  return {
    push(piece: Uint8Array): void {
      for (let at = piece.indexOf(lineFeed); at >= 0; at = piece.indexOf(lineFeed, at + 1))
        ahead.push(read + at + 1);
      read += piece.length;
    },
    placeOf(position: number): { readonly line: number; readonly column: number } {
      let passed = 0;
      while (passed < ahead.length && (ahead[passed] ?? 0) <= position) passed += 1;
      if (passed > 0) {
        line += passed;
        lineStart = ahead[passed - 1] ?? 0;
        ahead = ahead.slice(passed);
      }
      return { line, column: position - lineStart + 1 };
    },
  };
}
