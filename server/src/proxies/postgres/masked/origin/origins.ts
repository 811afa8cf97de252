/**
 * Where the columns of a result come from: by the server's own word where a column is simply one of a relation, and by the statement's text
 * where it is an expression.
 *
 * Guarantees that what neither proves is hidden. To be asked only where masks name columns.
 */
import type { Fields } from "#/proxies/postgres/sql/tree.ts";
import { fieldsOf, listOf, partOf, textOf } from "#/proxies/postgres/touched/node.ts";
import { outputColumns } from "#/proxies/postgres/touched/output-columns.ts";
import { namesIn } from "#/proxies/postgres/touched/read-relations.ts";
import { columnOf, partsOfColumn } from "#/proxies/postgres/touched/relations.ts";
import type { ColumnDescription } from "#/proxies/postgres/wire/backend-messages.ts";
import { callsOwn } from "./calls-own.ts";
import { type ColumnMasks, strictest } from "./column-masks.ts";
import type { Expressions } from "./expressions.ts";
import type { Origin, OriginName } from "./origin.ts";

export interface OriginOptions {
  /** Null where the catalogue could not be read. */
  readonly columns: ColumnMasks | null;
  /** The session itself may have changed the catalogue since it was read. */
  readonly isRedefined: boolean;
  /** Whether masks name columns at all. */
  readonly hasColumns: boolean;
}

export function originOf(
  { tableOid, columnNumber }: ColumnDescription,
  { columns, isRedefined, hasColumns }: OriginOptions,
): Origin | null {
  if (tableOid === 0) return null;
  const relation = columns?.read.relations.get(tableOid);
  const column = relation?.columns.get(columnNumber);
  const from: OriginName | null =
    relation === undefined || column === undefined ? null : { table: relation.name, column };
  if (!hasColumns) return { kind: "clear", from };
  if (columns === null || columns === undefined || relation === undefined) return hidden;
  // Its definition may be another than was read.
  if (relation.isView && isRedefined) return hidden;
  const oid = String(tableOid);
  if (columnNumber < 0) return { kind: "clear", from: null };
  if (from === null) {
    // The row as a whole, or a column that was added since.
    const isHolder = [...relation.columns.values()].some((each) =>
      columns.masked.has(columnOf({ oid }, each)),
    );
    return isHolder || columnNumber !== 0 ? hidden : { kind: "clear", from: null };
  }
  const masked = columns.masked.get(columnOf({ oid }, from.column));
  if (masked === undefined && isRedefined && mayBeMadeOf(from.column, tableOid, columns))
    return hidden;
  return masked === undefined ? { kind: "clear", from } : { kind: "masked", ...masked };
}

const hidden: Origin = { kind: "hidden" };

/** A table may have become the parent of one that has a masked column, whose name it shares then, or a column be generated anew. */
function mayBeMadeOf(name: string, tableOid: number, { masked, read }: ColumnMasks): boolean {
  const relation = read.relations.get(tableOid);
  if (
    read.generated.some(({ oid, to }) => oid === tableOid && relation?.columns.get(to) === name)
  ) {
    return true;
  }
  for (const column of masked.keys()) {
    const named = partsOfColumn(column);
    if (named.name === name && read.relations.get(Number(named.oid))?.isView === false) return true;
  }
  return false;
}

/** `path` is the session's search path; null where that is not known. */
export function expressionsOf(
  tree: unknown,
  columns: ColumnMasks | null,
  path: readonly string[] | null,
): Expressions {
  const explain = partOf(tree, "ExplainStmt");
  // Lines of a plan; what is folded into one is what functions of somebody's give.
  if (explain !== null) {
    const isPlain = partOf(explain["query"], "ExecuteStmt") === null;
    const isSafe =
      columns !== null &&
      isPlain &&
      !callsOwn(explain, columns.read.ownFunctions) &&
      namesIn(explain).every((name) => !(columns.calls.get(name[1]) ?? !isQuery(name, explain)));
    return isSafe ? "plan" : null;
  }
  // Settings of the session.
  if (partOf(tree, "VariableShowStmt") !== null) return "plan";
  const select = selectOf(tree);
  if (columns === null || path === null || select === null) return null;
  if (callsOwn(select, columns.read.ownFunctions)) return null;
  const outputs = outputColumns(select, columns.along(path), "statement");
  return outputs?.map((each) => strictest(each.columns, columns.masked) !== null) ?? null;
}

/** Whether WITH calls a query so, which does not read a relation of the name itself. */
function isQuery([schema, name]: readonly [string | null, string], tree: unknown): boolean {
  const pending: unknown[] = schema === null ? [tree] : [];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const fields = fieldsOf(at);
    for (const item of listOf(fields?.["ctes"])) {
      const { ctename, ctequery } = partOf(item, "CommonTableExpr") ?? {};
      if (textOf(ctename) !== name) continue;
      return fields?.["recursive"] === true || namesIn(ctequery).every(([, each]) => each !== name);
    }
    const parts = Array.isArray(at) ? (at as readonly unknown[]) : Object.values(fields ?? {});
    for (const part of parts) if (typeof part === "object" && part !== null) pending.push(part);
  }
  return false;
}

function selectOf(tree: unknown): Fields | null {
  const declared = partOf(tree, "DeclareCursorStmt");
  return partOf(declared === null ? fieldsOf(tree) : declared["query"], "SelectStmt");
}

/** Whether the output may pass without more. */
export function isClear(expressions: Expressions, index: number, count: number): boolean {
  if (expressions === "plan") return true;
  return expressions !== null && expressions.length === count && expressions[index] === false;
}
