/**
 * Scans a file of any size, piece by piece: text, CSV by column, JSON and JSON Lines by key. The entry of `countersign scan`.
 *
 * Tells where something was found, never what. The masked copy is the file to the byte where nothing was found; that of a
 * file in UTF-16 is in UTF-8.
 */

import { createFinder } from "#/masking/finder.ts";
import { createMemoryVault, createPseudonyms } from "#/masking/replacement/pseudonyms.ts";
import {
  hashUnder,
  partial,
  preserveFormatUnder,
  type Replace,
  redact,
  tokeniseIn,
} from "#/masking/replacement/replace.ts";
import { startCsv } from "./file-csv.ts";
import { inUtf8 } from "./file-encoding.ts";
import { startJson, startJsonLines } from "./file-json.ts";
import type { FileScan, FileScanOptions } from "./file-scan.ts";
import { startPlainText } from "./file-text.ts";

export const fileFormats = ["text", "csv", "json", "jsonl"] as const;
type FileFormat = (typeof fileFormats)[number];

export function startFileScan(
  format: FileFormat,
  options: Omit<FileScanOptions, "finder">,
): FileScan {
  return inUtf8(startFormat(format, { ...options, finder: createFinder() }));
}

function startFormat(format: FileFormat, all: FileScanOptions): FileScan {
  switch (format) {
    case "text":
      return startPlainText(all);
    case "csv":
      return startCsv(all);
    case "json":
      return startJson(all);
    case "jsonl":
      return startJsonLines(all);
    default:
      return format satisfies never;
  }
}

/** Those that need a key give the same for the same value in every file under it. */
export const maskers = {
  redact: { needsKey: false, make: () => redact },
  partial: { needsKey: false, make: () => partial },
  tokenise: { needsKey: false, make: () => tokeniseIn(createPseudonyms(createMemoryVault())) },
  hash: { needsKey: true, make: hashUnder },
  format: { needsKey: true, make: preserveFormatUnder },
} as const satisfies Readonly<
  Record<string, { readonly needsKey: boolean; readonly make: (key: Uint8Array) => Replace }>
>;
