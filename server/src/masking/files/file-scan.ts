/** What the scans of all formats have in common. */
import type { Entity } from "#/core/entity.ts";
import type { Finder } from "#/masking/finder.ts";
import type { Replace } from "#/masking/replacement/replace.ts";

export interface FoundAt {
  readonly entity: Entity;
  /** Which of many forms; null where the name of a column or key told it, or there is but one. */
  readonly rule: string | null;
  /** Null where a name told it. */
  readonly confidence: number | null;
  /** From 1 on. */
  readonly line: number;
  /** In bytes, from 1 on; null where the path tells more. */
  readonly column: number | null;
  /** The column's or the keys' names. */
  readonly path: string | null;
}

export interface FileScanOptions {
  readonly finder: Finder;
  readonly replace: Replace;
  readonly onFound: (found: FoundAt) => void;
  /** Takes the masked copy; null where none is wanted. */
  readonly emit: ((piece: Uint8Array) => void) | null;
}

export interface FileScan {
  readonly push: (piece: Uint8Array) => void;
  readonly end: () => void;
}

/** A record or a line that is longer is looked at as text. */
export const recordBytesMax = 4_194_304;
