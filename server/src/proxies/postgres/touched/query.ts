/** What a query gives, and what it filters, groups and sorts by. */

import type { Fields } from "#/proxies/postgres/sql/tree.ts";
import { fromItem } from "./from-item.ts";
import { fieldsOf, listOf, namesOf, partOf, textOf } from "./node.ts";
import { outputName } from "./output-name.ts";
import { atPosition, together } from "./outputs.ts";
import { type Reading, use } from "./reading.ts";
import type { Column } from "./relations.ts";
import {
  columnsOf,
  innerScope,
  noColumns,
  type Output,
  type Outputs,
  resolve,
  resolveValue,
  type Scope,
  union,
  withItems,
  workedOf,
} from "./scope.ts";
import { withQueries } from "./with-queries.ts";

export function query(select: unknown, outer: Scope, reading: Reading): Outputs {
  const fields = fieldsOf(select) ?? {};
  const scope = withQueries(fields["withClause"], outer, reading);
  if (fields["larg"] !== undefined) return setOperation(fields, scope, reading);
  if (fields["valuesLists"] !== undefined) return values(fields, scope, reading);
  return plainSelect(fields, scope, reading);
}

function plainSelect(fields: Fields, outer: Scope, reading: Reading): Outputs {
  const scope = fromClause(fields["fromClause"], innerScope(outer), reading);
  const outputs = targets(fields["targetList"], scope, reading);
  for (const part of ["whereClause", "havingClause", "windowClause", "limitCount", "limitOffset"]) {
    use(reading.columnsIn(fields[part], scope), reading);
  }
  for (const item of listOf(fields["groupClause"])) {
    use(grouped(item, outputs, scope, reading), reading);
  }
  for (const item of listOf(fields["sortClause"])) {
    use(ordered(partOf(item, "SortBy")?.["node"], outputs, scope, reading), reading);
  }
  for (const item of listOf(fields["distinctClause"])) {
    // A plain DISTINCT compares everything, and is a list of nothing.
    const isPlain = Object.keys(fieldsOf(item) ?? {}).length === 0;
    use(isPlain ? columnsOf(outputs) : ordered(item, outputs, scope, reading), reading);
  }
  return outputs;
}

/** With what stands in it, added to what is in reach already. */
export function fromClause(items: unknown, scope: Scope, reading: Reading): Scope {
  return listOf(items).reduce<Scope>(
    (before, item) => withItems(before, fromItem(item, before, reading)),
    scope,
  );
}

/** The outputs of a SELECT, or of RETURNING. */
export function targets(list: unknown, scope: Scope, reading: Reading): Outputs {
  let isOpen = false;
  const outputs = listOf(list).flatMap((item): readonly Output[] => {
    const target = partOf(item, "ResTarget");
    const fields = partOf(target?.["val"], "ColumnRef")?.["fields"];
    if (listOf(fields).some((field) => partOf(field, "A_Star") !== null)) {
      const named = namesOf(fields);
      const sources: readonly Outputs[] =
        named.length === 0
          ? [scope.star]
          : scope.sources.filter(
              (source) => (source.alias ?? source.relation?.name) === named.at(-1),
            );
      // Of a query further out, or under a name that leads to none here: its row, whatever it is called.
      isOpen ||= sources.length !== 1 || sources.some((source) => source.isOpen);
      if (sources.length === 0) return [{ name: null, ...workedOf(resolve(fields, scope)) }];
      return sources.flatMap((source) => source.list);
    }
    if (isRowOfStar(target?.["val"])) {
      isOpen = true;
      return [{ name: null, ...workedOf(reading.columnsIn(target?.["val"], scope)) }];
    }
    const name = textOf(target?.["name"]) ?? outputName(target?.["val"]);
    const value = fields === undefined ? null : resolveValue(fields, scope);
    return [{ name, ...(value ?? workedOf(reading.columnsIn(target?.["val"], scope))) }];
  });
  return { list: outputs, isOpen };
}

/** `(row).*`: as many as its row has. */
function isRowOfStar(value: unknown): boolean {
  const steps = listOf(partOf(value, "A_Indirection")?.["indirection"]);
  return partOf(steps.at(-1), "A_Star") !== null;
}

/** GROUP BY takes a bare name for a column first, and for an output else. */
function grouped(
  item: unknown,
  outputs: Outputs,
  scope: Scope,
  reading: Reading,
): ReadonlySet<Column> {
  const set = partOf(item, "GroupingSet");
  if (set !== null) {
    return union(listOf(set["content"]).map((part) => grouped(part, outputs, scope, reading)));
  }
  const names = namesOf(partOf(item, "ColumnRef")?.["fields"]);
  const [name = ""] = names;
  const isColumn = scope.sources.some(({ list }) => list.some((output) => output.name === name));
  if (names.length !== 1 || isColumn) {
    return atPosition(item, outputs, reading) ?? reading.columnsIn(item, scope);
  }
  return ordered(item, outputs, scope, reading);
}

/** ORDER BY and DISTINCT ON take a bare name or a number for an output first. */
function ordered(
  item: unknown,
  outputs: Outputs,
  scope: Scope,
  reading: Reading,
): ReadonlySet<Column> {
  const names = namesOf(partOf(item, "ColumnRef")?.["fields"]);
  const named = names.length === 1 ? outputs.list.filter(({ name }) => name === names[0]) : [];
  if (named.length > 0) return union(named.map(({ columns }) => columns));
  return atPosition(item, outputs, reading) ?? reading.columnsIn(item, scope);
}

function setOperation(fields: Fields, scope: Scope, reading: Reading): Outputs {
  const left = query(fields["larg"], scope, reading);
  const right = query(fields["rarg"], scope, reading);
  const outputs = together(left, right);
  // All but UNION ALL compare whole rows.
  const isPlain = fields["op"] === "SETOP_UNION" && fields["all"] === true;
  if (!isPlain) use(columnsOf(outputs), reading);
  const own = innerScope(scope);
  for (const item of listOf(fields["sortClause"])) {
    use(ordered(partOf(item, "SortBy")?.["node"], outputs, own, reading), reading);
  }
  for (const part of ["limitCount", "limitOffset"]) {
    use(reading.columnsIn(fields[part], own), reading);
  }
  return outputs;
}

function values(fields: Fields, outer: Scope, reading: Reading): Outputs {
  const scope = innerScope(outer);
  const rows = listOf(fields["valuesLists"]).map((row) =>
    listOf(partOf(row, "List")?.["items"]).map((item) => reading.columnsIn(item, scope)),
  );
  const list = (rows[0] ?? []).map((_, at) => ({
    name: `column${at + 1}`,
    ...workedOf(union(rows.map((row) => row[at] ?? noColumns))),
  }));
  const outputs = { list, isOpen: false };
  for (const item of listOf(fields["sortClause"])) {
    use(ordered(partOf(item, "SortBy")?.["node"], outputs, scope, reading), reading);
  }
  for (const part of ["limitCount", "limitOffset"]) {
    use(reading.columnsIn(fields[part], scope), reading);
  }
  return outputs;
}
