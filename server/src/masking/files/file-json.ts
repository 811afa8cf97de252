/** JSON and JSON Lines by key. A line, or a file, that is no JSON is looked at as text. */

import { maskText } from "#/masking/mask-text.ts";
import { maskJson } from "#/masking/values/mask-json.ts";
import { cutLines, type FileRecord } from "./file-records.ts";
import type { FileScan, FileScanOptions } from "./file-scan.ts";
import { startPlainText } from "./file-text.ts";

/** A document that is larger is looked at as text. */
const documentBytesMax = 67_108_864;

export function startJsonLines({ finder, replace, onFound, emit }: FileScanOptions): FileScan {
  const cutter = cutLines();
  const take = (records: readonly FileRecord[]) => records.forEach(mask);
  return { push: (piece) => take(cutter.push(piece)), end: () => take(cutter.end()) };

  function mask({ bytes, line }: FileRecord): void {
    const text = bytes.toString("utf8");
    const masked =
      maskJson(finder, replace, text, {
        onReplaced: (entity, path) =>
          onFound({ entity, rule: null, confidence: null, line, column: null, path }),
      }) ?? maskLine(text, line);
    emit?.(masked.entities.length === 0 ? bytes : Buffer.from(masked.text));
  }

  function maskLine(text: string, line: number) {
    const masked = maskText(finder, replace, text);
    for (const entity of masked.entities)
      onFound({ entity, rule: null, confidence: null, line, column: null, path: null });
    return masked;
  }
}

export function startJson(options: FileScanOptions): FileScan {
  const { finder, replace, onFound, emit } = options;
  let kept: Uint8Array[] = [];
  let bytes = 0;
  let text: FileScan | null = null;
  return {
    push(piece) {
      if (text !== null) return text.push(piece);
      kept.push(Uint8Array.from(piece));
      bytes += piece.length;
      if (bytes > documentBytesMax) fallBack();
    },
    end() {
      if (text === null) {
        const document = Buffer.concat(kept);
        const masked = maskJson(finder, replace, document.toString("utf8"), {
          onReplaced: (entity, path) =>
            onFound({ entity, rule: null, confidence: null, line: 1, column: null, path }),
        });
        if (masked !== null) {
          emit?.(masked.entities.length === 0 ? document : Buffer.from(masked.text));
          return;
        }
        fallBack();
      }
      text?.end();
    },
  };

  function fallBack(): void {
    text = startPlainText(options);
    for (const piece of kept) text.push(piece);
    kept = [];
  }
}
