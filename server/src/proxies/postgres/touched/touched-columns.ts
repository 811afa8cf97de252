/**
 * Which columns a reading statement touches: what it returns, filters, joins, groups or sorts by, down to the
 * tables behind views. Pure.
 *
 * Guarantees that a column that is not named bears on no answer of the statement, the code of functions and row
 * security aside, of which it says that they are there. What it can't read it does not guess: then it says why.
 * Of a view or a subquery only those outputs count that are used.
 */
import type { RawStmt } from "libpg-query";
import { fieldsOf, listOf, namesOf, partOf, textOf } from "./node.ts";
import { outputName } from "./output-name.ts";
import {
  atPosition,
  commonNames,
  fieldOfRow,
  functionName,
  mergedOutputs,
  renamed,
  together,
} from "./outputs.ts";
import { type Column, columnOf, type NamedIn, type Relation, type Relations } from "./relations.ts";
import {
  columnsOf,
  noColumns,
  type Output,
  type Outputs,
  resolve,
  resolveField,
  type Scope,
  type Source,
  union,
} from "./scope.ts";
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

/** Nodes looked at; a view counts each time. More is not read. */
const nodesMax = 200_000;
const nodeDepthMax = 400;
const viewDepthMax = 10;

interface Reading {
  readonly catalogue: Relations;
  readonly relations: Set<Relation>;
  readonly used: Set<Column>;
  readonly besides: Set<string>;
  readonly views: Map<Relation, Outputs>;
  viewDepth: number;
  nodes: number;
}

export function touchedColumns(trees: readonly RawStmt[], catalogue: Relations): Touching {
  const reading: Reading = {
    catalogue,
    relations: new Set(),
    used: new Set(),
    besides: new Set(),
    views: new Map(),
    viewDepth: 0,
    nodes: 0,
  };
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
  const top: Scope = { sources: [], outer: null, queries: new Map(), where: "statement" };
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
function readCopy(copy: Readonly<Record<string, unknown>>, top: Scope, reading: Reading): void {
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

function use(columns: ReadonlySet<Column>, { used }: Reading): void {
  for (const column of columns) used.add(column);
}

function query(select: unknown, outer: Scope, reading: Reading): Outputs {
  const fields = fieldsOf(select) ?? {};
  const scope = withQueries(fields["withClause"], outer, reading);
  if (fields["larg"] !== undefined) return setOperation(fields, scope, reading);
  if (fields["valuesLists"] !== undefined) return values(fields, scope, reading);
  return plainSelect(fields, scope, reading);
}

type SelectFields = Readonly<Record<string, unknown>>;

function plainSelect(fields: SelectFields, outer: Scope, reading: Reading): Outputs {
  let scope: Scope = { ...outer, sources: [], outer };
  for (const item of listOf(fields["fromClause"])) {
    const sources = fromItem(item, scope, reading);
    scope = { ...scope, sources: [...scope.sources, ...sources] };
  }
  const outputs = targets(fields["targetList"], scope, reading);
  for (const part of ["whereClause", "havingClause", "windowClause", "limitCount", "limitOffset"]) {
    use(columnsIn(fields[part], scope, reading), reading);
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

function targets(list: unknown, scope: Scope, reading: Reading): Outputs {
  let isOpen = false;
  const outputs = listOf(list).flatMap((item): readonly Output[] => {
    const target = partOf(item, "ResTarget");
    const fields = partOf(target?.["val"], "ColumnRef")?.["fields"];
    if (listOf(fields).some((field) => partOf(field, "A_Star") !== null)) {
      const named = namesOf(fields);
      const sources =
        named.length === 0
          ? scope.sources
          : scope.sources.filter(
              (source) => (source.alias ?? source.relation?.name) === named.at(-1),
            );
      // Of a query further out, or under a name that leads to none here: its row, whatever it is called.
      if (sources.length === 0) return [{ name: null, columns: resolve(fields, scope) }];
      isOpen ||= sources.some((source) => source.isOpen);
      return sources.flatMap((source) => source.list);
    }
    const name = textOf(target?.["name"]) ?? outputName(target?.["val"]);
    return [{ name, columns: columnsIn(target?.["val"], scope, reading) }];
  });
  return { list: outputs, isOpen };
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
    return atPosition(item, outputs) ?? columnsIn(item, scope, reading);
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
  return atPosition(item, outputs) ?? columnsIn(item, scope, reading);
}

function setOperation(fields: SelectFields, scope: Scope, reading: Reading): Outputs {
  const left = query(fields["larg"], scope, reading);
  const right = query(fields["rarg"], scope, reading);
  const outputs = together(left, right);
  // All but UNION ALL compare whole rows.
  const isPlain = fields["op"] === "SETOP_UNION" && fields["all"] === true;
  if (!isPlain) use(columnsOf(outputs), reading);
  const own: Scope = { ...scope, sources: [], outer: scope };
  for (const item of listOf(fields["sortClause"])) {
    use(ordered(partOf(item, "SortBy")?.["node"], outputs, own, reading), reading);
  }
  for (const part of ["limitCount", "limitOffset"]) {
    use(columnsIn(fields[part], own, reading), reading);
  }
  return outputs;
}

function values(fields: SelectFields, outer: Scope, reading: Reading): Outputs {
  const scope: Scope = { ...outer, sources: [], outer };
  const rows = listOf(fields["valuesLists"]).map((row) =>
    listOf(partOf(row, "List")?.["items"]).map((item) => columnsIn(item, scope, reading)),
  );
  const list = (rows[0] ?? []).map((_, at) => ({
    name: `column${at + 1}`,
    columns: union(rows.map((row) => row[at] ?? noColumns)),
  }));
  const outputs = { list, isOpen: false };
  for (const item of listOf(fields["sortClause"])) {
    use(ordered(partOf(item, "SortBy")?.["node"], outputs, scope, reading), reading);
  }
  for (const part of ["limitCount", "limitOffset"]) {
    use(columnsIn(fields[part], scope, reading), reading);
  }
  return outputs;
}

function withQueries(clause: unknown, outer: Scope, reading: Reading): Scope {
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
    if (select === null) throw new Unreadable("It holds a statement that does not only read.");
    const outputs = isRecursive
      ? recursive(name, select, cte, scope, reading)
      : renamed(query(select, scope, reading), namesOf(cte?.["aliascolnames"]));
    scope = { ...scope, queries: new Map([...scope.queries, [name, outputs]]) };
  }
  return scope;
}

/** Read until nothing is added: what comes of a round goes into the next. */
function recursive(
  name: string,
  select: SelectFields,
  cte: SelectFields | null,
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
      : query(select["larg"], outer, reading),
    names,
  );
  for (;;) {
    const scope = { ...outer, queries: new Map([...outer.queries, [name, known]]) };
    const next = renamed(query(select, scope, reading), names);
    const sizeOf = ({ list }: Outputs) => list.reduce((sum, { columns }) => sum + columns.size, 0);
    if (sizeOf(next) === sizeOf(known) && next.list.length === known.list.length) return next;
    known = next;
  }
}

/** `scope` holds what stands before it, which it sees where it is LATERAL. */
function fromItem(item: unknown, scope: Scope, reading: Reading): readonly Source[] {
  count(reading);
  const [type = ""] = Object.keys(fieldsOf(item) ?? {});
  const fields = partOf(item, type) ?? {};
  const alias = fieldsOf(fields["alias"]);
  const name = textOf(alias?.["aliasname"]);
  const names = namesOf(alias?.["colnames"]);
  switch (type) {
    case "RangeVar":
      return [relationSource(fields, scope, reading)];
    case "RangeTableSample": {
      use(columnsIn(fields["args"], scope, reading), reading);
      use(columnsIn(fields["repeatable"], scope, reading), reading);
      return fromItem(fields["relation"], scope, reading);
    }
    case "RangeSubselect": {
      const sees: Scope = fields["lateral"] === true ? scope : { ...scope, sources: [] };
      const outputs = query(partOf(fields["subquery"], "SelectStmt"), sees, reading);
      return [{ ...renamed(outputs, names), alias: name, relation: null }];
    }
    case "RangeFunction":
    case "RangeTableFunc":
    case "JsonTable": {
      const { alias: _, ...parts } = fields;
      use(columnsIn(parts, scope, reading), reading);
      const defined = listOf(fields["coldeflist"]).map(
        (column) => textOf(partOf(column, "ColumnDef")?.["colname"]) ?? "",
      );
      const list = [...names, ...defined].map((each) => ({ name: each, columns: noColumns }));
      return [{ list, isOpen: true, alias: name ?? functionName(fields), relation: null }];
    }
    case "JoinExpr":
      return join(fields, scope, reading);
    default:
      throw new Unreadable("It takes rows from something that is not looked into.");
  }
}

function join(fields: SelectFields, scope: Scope, reading: Reading): readonly Source[] {
  const left = fromItem(fields["larg"], scope, reading);
  const before = { ...scope, sources: [...scope.sources, ...left] };
  const right = fromItem(fields["rarg"], before, reading);
  const sources = [...left, ...right];
  use(columnsIn(fields["quals"], { ...scope, sources }, reading), reading);
  const merged =
    fields["isNatural"] === true ? commonNames(left, right) : namesOf(fields["usingClause"]);
  for (const output of sources.flatMap(({ list }) => list)) {
    if (output.name === null || merged.includes(output.name)) use(output.columns, reading);
  }
  const using = textOf(fieldsOf(fields["join_using_alias"])?.["aliasname"]);
  const named: readonly Source[] =
    using === null
      ? []
      : [{ list: mergedOutputs(sources, merged), isOpen: false, alias: using, relation: null }];
  const alias = fieldsOf(fields["alias"]);
  const name = textOf(alias?.["aliasname"]);
  if (name === null) return [...sources, ...named];
  if (namesOf(alias?.["colnames"]).length > 0) {
    throw new Unreadable("It gives the columns of a join other names.");
  }
  const list = sources.flatMap((source) => source.list);
  const isOpen = sources.some((source) => source.isOpen);
  return [{ list, isOpen, alias: name, relation: null }];
}

function relationSource(range: SelectFields, scope: Scope, reading: Reading): Source {
  const schema = textOf(range["schemaname"]);
  const name = textOf(range["relname"]) ?? "";
  const alias = fieldsOf(range["alias"]);
  const names = namesOf(alias?.["colnames"]);
  const called = { alias: textOf(alias?.["aliasname"]), relation: { schema, name } };
  const known = schema === null ? namedQuery(name, scope) : null;
  if (known !== null) return { ...renamed(known, names), ...called };
  const relation = reading.catalogue.named(schema, name, scope.where);
  if (relation === null) throw new Unreadable("A relation that it names is not known.");
  return { ...renamed(relationOutputs(relation, reading), names), ...called };
}

function namedQuery(name: string, scope: Scope): Outputs | null {
  for (let at: Scope | null = scope; at !== null; at = at.outer) {
    const known = at.queries.get(name);
    if (known === null) throw new Unreadable("It reads a query of WITH that is written later.");
    if (known !== undefined) return known;
  }
  return null;
}

function relationOutputs(relation: Relation, reading: Reading): Outputs {
  reading.relations.add(relation);
  if (relation.hasRowSecurity) reading.besides.add(rowSecurity);
  const behind = relation.isView ? viewOutputs(relation, reading) : null;
  const list = relation.columns.map((name, at) => ({
    name,
    columns: union([
      new Set([columnOf(relation, name)]),
      new Set((relation.generatedFrom.get(name) ?? []).map((source) => columnOf(relation, source))),
      behind?.list[at]?.columns ?? noColumns,
    ]),
  }));
  return { list, isOpen: false };
}

const rowSecurity = "Row security of a relation may look at more.";

/** Null where it can't be read: then its own columns are all that is known. */
function viewOutputs(view: Relation, reading: Reading): Outputs | null {
  const before = reading.views.get(view);
  if (before !== undefined) return before;
  if (view.query === null || reading.viewDepth >= viewDepthMax) {
    reading.besides.add(unreadView);
    return null;
  }
  const where: NamedIn = "view";
  const top: Scope = { sources: [], outer: null, queries: new Map(), where };
  reading.viewDepth += 1;
  try {
    const outputs = query(view.query, top, reading);
    if (outputs.isOpen || outputs.list.length !== view.columns.length) {
      throw new Unreadable(view.name);
    }
    reading.views.set(view, outputs);
    return outputs;
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    reading.besides.add(unreadView);
    return null;
  } finally {
    reading.viewDepth -= 1;
  }
}

const unreadView = "A view could not be looked into.";

/** Everything in an expression that stands for a column. */
function columnsIn(node: unknown, scope: Scope, reading: Reading, depth = 0): ReadonlySet<Column> {
  if (typeof node !== "object" || node === null) return noColumns;
  count(reading);
  if (depth > nodeDepthMax) throw new Unreadable("It is nested more deeply than is looked into.");
  const inside = (part: unknown) => columnsIn(part, scope, reading, depth + 1);
  if (Array.isArray(node)) return union(node.map(inside));
  const reference = partOf(node, "ColumnRef");
  if (reference !== null) return resolve(reference["fields"], scope);
  const link = partOf(node, "SubLink");
  if (link !== null) {
    const outputs = query(partOf(link["subselect"], "SelectStmt"), scope, reading);
    const isLookedAt = link["subLinkType"] !== "EXISTS_SUBLINK";
    return union([inside(link["testexpr"]), isLookedAt ? columnsOf(outputs) : noColumns]);
  }
  const field = fieldOfRow(node);
  if (field !== null) return resolveField(field.row, field.name, scope);
  if (["SelectStmt", "RangeVar", "JoinExpr"].some((type) => partOf(node, type) !== null)) {
    throw new Unreadable("It holds a query in a place that is not looked into.");
  }
  // What a type is parametrised with looks like a column.
  const parts = Object.entries(node).filter(([name]) => !/^typename$/i.test(name));
  return union(parts.map(([, part]) => inside(part)));
}

function count(reading: Reading): void {
  reading.nodes += 1;
  if (reading.nodes > nodesMax) throw new Unreadable("It is more than is looked into.");
}
