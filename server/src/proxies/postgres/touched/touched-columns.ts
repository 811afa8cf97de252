/**
 * Which columns a reading statement touches: what it returns, filters, joins, groups or sorts by, down to the
 * tables behind views. Pure.
 *
 * Guarantees that a column that is not named bears on no answer of the statement, the code of functions and row
 * security aside, of which it says that they are there. What it can't read it does not guess: then it says why.
 * Of a view or a subquery only those outputs count that are used.
 */
import type { RawStmt } from "libpg-query";
import type { Fields } from "#/proxies/postgres/sql/tree.ts";
import { fieldsOf, namesOf, partOf } from "./node.ts";
import { query } from "./query.ts";
import { type Reading, use } from "./reading.ts";
import { relationSource } from "./relation-source.ts";
import type { Column, Relation, Relations } from "./relations.ts";
import { columnsOf, resolve, type Scope, topScope } from "./scope.ts";
import { readingOf } from "./start-reading.ts";
import { Unreadable } from "./unreadable.ts";

export type Touching =
  | {
      readonly kind: "known";
      readonly relations: ReadonlySet<Relation>;
      readonly columns: ReadonlySet<Column>;
      /** What may be touched besides, in sentences. */
      readonly besides: readonly string[];
    }
  | { readonly kind: "unknown"; readonly reason: string };

export function touchedColumns(trees: readonly RawStmt[], catalogue: Relations): Touching {
  const reading = readingOf(catalogue);
  try {
    for (const { stmt } of trees) readStatement(stmt, reading);
  } catch (error) {
    if (error instanceof Unreadable) return { kind: "unknown", reason: error.message };
    throw error;
  }
  const { relations, used, besides } = reading;
  return { kind: "known", relations, columns: used, besides: [...besides].toSorted() };
}

function readStatement(stmt: unknown, reading: Reading): void {
  const [type = ""] = Object.keys(fieldsOf(stmt) ?? {});
  const fields = partOf(stmt, type) ?? {};
  const top = topScope("statement");
  switch (type) {
    case "SelectStmt":
      use(columnsOf(query(fields, top, reading)), reading);
      return;
    case "ExplainStmt":
    case "DeclareCursorStmt":
      readStatement(fields["query"], reading);
      return;
    case "CopyStmt":
      readCopy(fields, top, reading);
      return;
    default:
      if (columnless.has(type)) return;
      throw new Unreadable("It holds a statement whose columns are not looked into.");
  }
}

/** They read no relation. */
const columnless: ReadonlySet<string> = new Set([
  "CheckPointStmt",
  "ClosePortalStmt",
  "DeallocateStmt",
  "DiscardStmt",
  "ListenStmt",
  "TransactionStmt",
  "UnlistenStmt",
  "VariableSetStmt",
  "VariableShowStmt",
]);

/** `COPY … TO`. */
function readCopy(copy: Fields, top: Scope, reading: Reading): void {
  if (copy["query"] !== undefined) {
    readStatement(copy["query"], reading);
    return;
  }
  const source = relationSource(fieldsOf(copy["relation"]) ?? {}, top, reading);
  const names = namesOf(copy["attlist"]);
  const scope = { ...top, sources: [source] };
  if (names.length === 0) use(columnsOf(source), reading);
  for (const name of names) use(resolve([{ String: { sval: name } }], scope), reading);
}
