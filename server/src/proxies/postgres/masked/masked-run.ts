import type { MaskedCounts } from "#/masking/recognizing.ts";
import type { Passing } from "#/proxies/postgres/reply/expected.ts";
import type { MaskedPassing } from "./masked-passing.ts";

/** One statement whose answers are masked, in as many parts as they are asked for. */
export interface MaskedRun {
  readonly counts: MaskedCounts;
  /** An error in its place: what it would show can't be masked. */
  readonly refused: Buffer | null;
  passing(inner: Passing | null): MaskedPassing;
}
