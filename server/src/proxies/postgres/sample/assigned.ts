/** What a write assigns, and whether what it assigns may hold another column's values. Pure. */
import type { ColumnMark } from "#/core/column-mark.ts";
import { entityOfName } from "#/masking/values/column-names.ts";
import { fieldsOf, listOf, namesOf, partOf, textOf } from "#/proxies/postgres/touched/node.ts";
import type { Write } from "./sampled-run.ts";

export interface Assigned {
  /** Null: all that the table has. */
  readonly columns: readonly string[] | null;
  /**
   * Values of a column that is not shown could come to stand in one that is: then what the statement makes is not
   * shown either.
   */
  readonly derives: boolean;
}

/** `marks` as configured; `tables` are the names of relations that the statement reads or writes. */
export function assignedBy(
  write: Write,
  marks: readonly ColumnMark[],
  tables: readonly string[],
): Assigned {
  return {
    columns: columnsOf(write),
    derives: write.kind !== "DeleteStmt" && derives(sourcesOf(write), marks, tables),
  };
}

function columnsOf({ kind, fields }: Write): readonly string[] | null {
  switch (kind) {
    case "DeleteStmt":
      return [];
    case "UpdateStmt":
      return targets(fields["targetList"]);
    case "InsertStmt": {
      const named = targets(fields["cols"]);
      const changed = targets(fieldsOf(fields["onConflictClause"])?.["targetList"]);
      return named.length === 0 ? null : [...named, ...changed];
    }
    case "MergeStmt": {
      const clauses = listOf(fields["mergeWhenClauses"]).map((each) =>
        partOf(each, "MergeWhenClause"),
      );
      const isWhole = clauses.some(
        (each) => each?.["commandType"] === "CMD_INSERT" && listOf(each["targetList"]).length === 0,
      );
      return isWhole ? null : clauses.flatMap((each) => targets(each?.["targetList"]));
    }
  }
}

function targets(list: unknown): readonly string[] {
  return listOf(list).flatMap((each) => textOf(partOf(each, "ResTarget")?.["name"]) ?? []);
}

/** All of it but what chooses the rows of the target and what is returned. */
function sourcesOf({ kind, fields }: Write): unknown {
  const { returningClause: _, whereClause, ...sources } = fields;
  return kind === "UpdateStmt" ? sources : { ...sources, whereClause };
}

/** Closed: a star, a whole row, or a key of a document that tells counts as each of its columns. */
function derives(
  sources: unknown,
  marks: readonly ColumnMark[],
  tables: readonly string[],
): boolean {
  const isHidden = (name: string) =>
    marks.some((mark) => mark.isOnColumn(name)) ||
    entityOfName(name) !== null ||
    tables.some((table) => entityOfName(name, table) !== null);
  const columns: (readonly string[])[] = [];
  const texts: string[] = [];
  const relations = new Set<string>();
  let hasStar = false;
  const pending: unknown[] = [sources];
  while (pending.length > 0) {
    const at = pending.pop();
    if (typeof at !== "object" || at === null) continue;
    for (const [field, value] of Object.entries(at)) {
      if (field === "A_Star") hasStar = true;
      if (field === "ColumnRef") columns.push(namesOf(fieldsOf(value)?.["fields"]));
      if (field === "A_Indirection") columns.push(namesOf(fieldsOf(value)?.["indirection"]));
      if (field === "sval" && typeof value === "string") texts.push(value);
      if (relationNames.has(field) && typeof value === "string") relations.add(value);
      pending.push(value);
    }
  }
  const hasRow = columns.some((names) => relations.has(names.at(-1) ?? ""));
  return (
    hasStar ||
    hasRow ||
    columns.some((names) => names.some(isHidden)) ||
    // A document's key is a text; without a column there is no document but the statement's own.
    (columns.length > 0 && texts.some((text) => entityOfName(text) !== null))
  );
}

const relationNames: ReadonlySet<string> = new Set(["relname", "aliasname", "ctename"]);
