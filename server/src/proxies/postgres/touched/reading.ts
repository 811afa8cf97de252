/** One reading of a statement: what it has found so far. */
import type { Column, Relation, Relations } from "./relations.ts";
import type { Outputs, Scope } from "./scope.ts";
import { Unreadable } from "./unreadable.ts";

/** Nodes looked at; a view counts each time. More is not read. */
const nodesMax = 200_000;

export interface Reading {
  readonly catalogue: Relations;
  readonly relations: Set<Relation>;
  readonly used: Set<Column>;
  readonly besides: Set<string>;
  readonly views: Map<Relation, Outputs>;
  /** What comes of a view that can't be read, and of a function in one that may read more than it is given. */
  readonly unread: ReadonlySet<Column>;
  readonly isKnownCall: (names: readonly string[]) => boolean;
  viewDepth: number;
  /** Whether what a view filters, joins, groups and sorts by counts as used. */
  readonly looksIntoViews: boolean;
  /** It names outputs by their number, so that the value of a constant matters. */
  usesPositions: boolean;
  nodes: number;
  /** `query.ts`. Queries hold expressions, relations and expressions hold queries: here they find each other. */
  query(select: unknown, outer: Scope): Outputs;
  /** A statement in WITH that does not only read. */
  change(statement: unknown, outer: Scope): Outputs;
  /** `expression.ts` */
  columnsIn(node: unknown, scope: Scope): ReadonlySet<Column>;
}

export function use(
  columns: ReadonlySet<Column>,
  { used, viewDepth, looksIntoViews }: Reading,
): void {
  if (viewDepth > 0 && !looksIntoViews) return;
  for (const column of columns) used.add(column);
}

export function count(reading: Reading): void {
  reading.nodes += 1;
  if (reading.nodes > nodesMax) throw new Unreadable("It is more than is looked into.");
}
