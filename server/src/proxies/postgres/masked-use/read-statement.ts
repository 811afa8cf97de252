/**
 * What a statement returns, and which columns it uses for anything else: down to the tables behind views. Pure.
 *
 * Guarantees a closed world: of a statement, or a part of one, that is not looked into here it says so.
 */

import { isSafeFunction } from "#/proxies/postgres/sql/safe-functions.ts";
import { asWritten } from "#/proxies/postgres/sql/syntax-functions.ts";
import type { Fields } from "#/proxies/postgres/sql/tree.ts";
import { fieldsOf, listOf, namesOf, partOf, textOf } from "#/proxies/postgres/touched/node.ts";
import { query } from "#/proxies/postgres/touched/query.ts";
import { type Reading, use } from "#/proxies/postgres/touched/reading.ts";
import { relationSource } from "#/proxies/postgres/touched/relation-source.ts";
import type { Column } from "#/proxies/postgres/touched/relations.ts";
import {
  columnsOf,
  noOutputs,
  type Outputs,
  type Scope,
  topScope,
} from "#/proxies/postgres/touched/scope.ts";
import type { ReadingOptions } from "#/proxies/postgres/touched/start-reading.ts";
import { Unreadable } from "#/proxies/postgres/touched/unreadable.ts";
import { change, isChange } from "./read-change.ts";

/** Stands among columns for whatever can't be traced. */
export const untraced: Column = "?";

/** What a view does by itself is its owner's doing, and always the same: nothing can be asked by it. */
export function ofUse(ownNames: ReadonlySet<string>): ReadingOptions {
  return {
    unread: new Set([untraced]),
    isKnownCall: (names) => isBuiltIn(names, ownNames),
    looksIntoViews: false,
    change,
  };
}

/** One that reads nothing but what it is given; not under a name that somebody has given another. */
function isBuiltIn(parts: readonly string[], ownNames: ReadonlySet<string>): boolean {
  const names = asWritten(parts);
  const name = names.at(-1) ?? "";
  const isOfSystem = names.length === 2 && names[0] === "pg_catalog";
  return isSafeFunction(name) && (isOfSystem || (names.length === 1 && !ownNames.has(name)));
}

/** What it returns, or, of a cursor, what is fetched from it; `used` of the reading has what it uses besides. */
export function readStatement(stmt: unknown, reading: Reading): Outputs {
  const [type = ""] = Object.keys(fieldsOf(stmt) ?? {});
  const fields = partOf(stmt, type) ?? {};
  const top = topScope("statement");
  if (isChange(type)) return change(stmt, top, reading);
  switch (type) {
    case "SelectStmt": {
      const outputs = query(fields, top, reading);
      return hasInto(fields) ? kept(outputs, reading) : worked(outputs, reading);
    }
    case "CreateTableAsStmt":
    case "ViewStmt":
      return kept(readQuery(fields["query"], reading), reading);
    case "DeclareCursorStmt":
    case "PrepareStmt":
      return readQuery(fields["query"], reading);
    case "ExplainStmt":
      readStatement(fields["query"], reading);
      return noOutputs;
    case "CreateStmt":
      return created(fields, top, reading);
    case "CopyStmt":
      return copied(fields, top, reading);
    default:
      if (columnless.has(type)) return noOutputs;
      throw new Unreadable("It holds a statement whose columns are not looked into.");
  }
}

function readQuery(stmt: unknown, reading: Reading): Outputs {
  const [type = ""] = Object.keys(fieldsOf(stmt) ?? {});
  if (type !== "SelectStmt" && !isChange(type)) {
    throw new Unreadable("It makes something of a statement that is not looked into.");
  }
  return readStatement(stmt, reading);
}

/** What was made of a column on the way to an output counts as a use of it. */
function worked(outputs: Outputs, reading: Reading): Outputs {
  for (const output of outputs.list) use(output.worked, reading);
  return outputs;
}

/** It stays in the database, under another name. */
function kept(outputs: Outputs, reading: Reading): Outputs {
  use(columnsOf(outputs), reading);
  return noOutputs;
}

/** INTO stands in the first of the queries that are put together. */
function hasInto(select: Fields): boolean {
  for (let at: Fields | null = select; at !== null; at = fieldsOf(at["larg"])) {
    if (at["intoClause"] !== undefined) return true;
  }
  return false;
}

/** Whether there is such a row is told by what may refer to it, or take it from the default partition. */
function created(fields: Fields, top: Scope, reading: Reading): Outputs {
  const parents = fields["partbound"] === undefined ? [] : listOf(fields["inhRelations"]);
  for (const parent of parents) {
    use(columnsOf(relationSource(partOf(parent, "RangeVar") ?? {}, top, reading)), reading);
  }
  const own = textOf(fieldsOf(fields["relation"])?.["relname"]);
  for (const item of listOf(fields["tableElts"])) {
    const column = partOf(item, "ColumnDef");
    for (const each of column === null ? [item] : listOf(column["constraints"])) {
      const { pktable, pk_attrs: names } = partOf(each, "Constraint") ?? {};
      const range = fieldsOf(pktable);
      if (range === null || textOf(range["relname"]) === own) continue;
      const { list } = relationSource(range, top, reading);
      const named = namesOf(names);
      const referred = list.filter(({ name }) => named.length === 0 || named.includes(name ?? ""));
      use(columnsOf({ list: referred, isOpen: false }), reading);
    }
  }
  return noOutputs;
}

function copied(copy: Fields, top: Scope, reading: Reading): Outputs {
  if (copy["is_from"] === true) return noOutputs;
  const outputs =
    copy["query"] === undefined
      ? copiedTable(copy, top, reading)
      : readQuery(copy["query"], reading);
  // Not to the client, but into a file or a program of the server's.
  return copy["filename"] === undefined ? outputs : kept(outputs, reading);
}

function copiedTable(copy: Fields, top: Scope, reading: Reading): Outputs {
  const { list, isOpen } = relationSource(fieldsOf(copy["relation"]) ?? {}, top, reading);
  const names = namesOf(copy["attlist"]);
  if (names.length === 0) return worked({ list: list.filter(isStored), isOpen }, reading);
  const named = names.map((name) => list.find((output) => output.name === name));
  if (!named.every((output) => output !== undefined)) {
    throw new Unreadable("A name in it could not be traced to a column.");
  }
  return worked({ list: named, isOpen }, reading);
}

/** COPY leaves out what is generated, where it is not asked for by name. */
function isStored({ isDerived }: Outputs["list"][number]): boolean {
  return !isDerived;
}

/** They read no column, or, as FETCH and EXECUTE, those of a statement that is looked at where it was made. */
const columnless: ReadonlySet<string> = new Set([
  "CheckPointStmt",
  "ClosePortalStmt",
  "CommentStmt",
  "ConstraintsSetStmt",
  "DeallocateStmt",
  "DiscardStmt",
  "DropStmt",
  "ExecuteStmt",
  "FetchStmt",
  "GrantStmt",
  "ListenStmt",
  "LockStmt",
  "NotifyStmt",
  "ReindexStmt",
  "RefreshMatViewStmt",
  "TransactionStmt",
  "TruncateStmt",
  "UnlistenStmt",
  "VacuumStmt",
  "VariableSetStmt",
  "VariableShowStmt",
]);
