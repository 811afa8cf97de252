/** The queries of a WITH. */
import type { Fields } from "#/proxies/postgres/sql/tree.ts";
import { fieldsOf, listOf, namesOf, partOf, textOf } from "./node.ts";
import { renamed } from "./outputs.ts";
import type { Reading } from "./reading.ts";
import type { Outputs, Scope } from "./scope.ts";
import { Unreadable } from "./unreadable.ts";

export function withQueries(clause: unknown, outer: Scope, reading: Reading): Scope {
  const ctes = listOf(fieldsOf(clause)?.["ctes"]).map((item) => partOf(item, "CommonTableExpr"));
  if (ctes.length === 0) return outer;
  const isRecursive = fieldsOf(clause)?.["recursive"] === true;
  const later = isRecursive
    ? ctes.map((cte) => [textOf(cte?.["ctename"]) ?? "", null] as const)
    : [];
  let scope: Scope = { ...outer, queries: new Map([...outer.queries, ...later]) };
  for (const cte of ctes) {
    const name = textOf(cte?.["ctename"]) ?? "";
    const select = partOf(cte?.["ctequery"], "SelectStmt");
    const outputs =
      select === null
        ? reading.change(cte?.["ctequery"], scope)
        : isRecursive
          ? recursive(name, select, cte, scope, reading)
          : reading.query(select, scope);
    const known = renamed(outputs, namesOf(cte?.["aliascolnames"]));
    scope = { ...scope, queries: new Map([...scope.queries, [name, known]]) };
  }
  return scope;
}

/** Read until nothing is added: what comes of a round goes into the next. */
function recursive(
  name: string,
  select: Fields,
  cte: Fields | null,
  outer: Scope,
  reading: Reading,
): Outputs {
  // What the rows are searched or checked by is named by columns of its own.
  if (cte?.["search_clause"] !== undefined || cte?.["cycle_clause"] !== undefined) {
    throw new Unreadable("It searches a recursive query in an order that is not looked into.");
  }
  const names = namesOf(cte?.["aliascolnames"]);
  let known: Outputs = renamed(
    select["larg"] === undefined
      ? { list: [], isOpen: false }
      : reading.query(select["larg"], outer),
    names,
  );
  for (;;) {
    const scope = { ...outer, queries: new Map([...outer.queries, [name, known]]) };
    const next = renamed(reading.query(select, scope), names);
    const sizeOf = ({ list }: Outputs) =>
      list.reduce((sum, { columns, worked }) => sum + columns.size + worked.size, 0);
    if (sizeOf(next) === sizeOf(known) && next.list.length === known.list.length) return next;
    known = next;
  }
}
