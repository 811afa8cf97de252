/** What has to hold for a decision to stand. Joining over rules is `policy/join.ts`. */
import type { Entity } from "./entity.ts";
import type { Assurance } from "./principal.ts";

/** So many distinct people of this group. */
export interface QuorumSlot {
  readonly group: string;
  readonly needed: number;
}

/** No more rows than this, returned or changed, and the rule that says so. */
export interface RowCap {
  readonly max: number;
  readonly policy: string;
}

/** What stands in place of a value: strictest first. What each leaves of it is `docs/reference/masking.md`. */
export const maskers = ["redact", "hash", "tokenise", "partial"] as const;
export type Masker = (typeof maskers)[number];

/** Values of this kind wherever they are found, or all that a column holds. */
export type MaskTarget =
  | { readonly kind: "entity"; readonly entity: Entity }
  | ({ readonly kind: "column" } & ColumnName);

/** Names in lower case: masks hold in any case, so that a spelling that misses by its case masks all the same. */
export interface ColumnName {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
}

export interface Mask {
  readonly target: MaskTarget;
  readonly masker: Masker;
}

export interface Obligations {
  /** Sorted by group; groups add up. Empty: nobody is asked. */
  readonly quorum: readonly QuorumSlot[];
  /** How long a review may stay pending, in milliseconds. */
  readonly ttlMs: number;
  /** How long an approval may wait for its execution, in milliseconds. */
  readonly validMs: number;
  /** The least assurance of a verdict that counts. */
  readonly assurance: Assurance;
  /** Of one action; null where no rule has a bound. */
  readonly rows: RowCap | null;
  /** Of all that is returned. One for each target, sorted by it. */
  readonly masks: readonly Mask[];
  /** What an approver must have seen unmasked, sorted: an approval by anybody else does not count. */
  readonly reveals: readonly Entity[];
}

export const reviewTtlDefaultMs = 4 * 60 * 60 * 1000;
export const approvalValidDefaultMs = 5 * 60 * 1000;

export const noObligations: Obligations = {
  quorum: [],
  ttlMs: reviewTtlDefaultMs,
  validMs: approvalValidDefaultMs,
  assurance: "local-demo",
  rows: null,
  masks: [],
  reveals: [],
};

/** As policies and people write it: `us_ssn`, `public.customers.phone`. The same text is the same target. */
export function targetText(target: MaskTarget): string {
  if (target.kind === "entity") return target.entity;
  return [target.schema, target.table, target.column].map(quoted).join(".");
}

/** The same target under a masker that leaves no more of it. */
export function coversMask(stricter: Mask, looser: Mask): boolean {
  return (
    targetText(stricter.target) === targetText(looser.target) &&
    maskers.indexOf(stricter.masker) <= maskers.indexOf(looser.masker)
  );
}

function quoted(name: string): string {
  return /^[\p{L}_][\p{L}\p{N}_$]*$/u.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** A column of the database is masked by a name in any case. */
export function isColumn(target: ColumnName, { schema, table, column }: ColumnName): boolean {
  return (
    target.column === column.toLowerCase() &&
    target.table === table.toLowerCase() &&
    target.schema === schema.toLowerCase()
  );
}
