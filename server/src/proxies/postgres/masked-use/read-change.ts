/** What INSERT, UPDATE, DELETE and MERGE return, and which columns they use. A column that is only written to is not used. */
import type { Fields } from "#/proxies/postgres/sql/tree.ts";
import { fieldsOf, listOf, partOf } from "#/proxies/postgres/touched/node.ts";
import { fromClause, targets } from "#/proxies/postgres/touched/query.ts";
import { type Reading, use } from "#/proxies/postgres/touched/reading.ts";
import { relationSource } from "#/proxies/postgres/touched/relation-source.ts";
import {
  columnsOf,
  innerScope,
  noColumns,
  type Outputs,
  type Scope,
  type Source,
  topScope,
  withItems,
  workedOf,
} from "#/proxies/postgres/touched/scope.ts";
import { withQueries } from "#/proxies/postgres/touched/with-queries.ts";

const changes = ["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"] as const;
type Change = (typeof changes)[number];

export function isChange(type: string): type is Change {
  return changes.some((change) => change === type);
}

export function change(stmt: unknown, outer: Scope, reading: Reading): Outputs {
  const [type = ""] = Object.keys(fieldsOf(stmt) ?? {});
  if (!isChange(type)) throw new TypeError("not a statement that changes rows");
  const fields = partOf(stmt, type) ?? {};
  const known = withQueries(fields["withClause"], outer, reading);
  // It is never a query of WITH, whatever that is called.
  const table = fieldsOf(fields["relation"]) ?? {};
  const target = relationSource(table, topScope(outer.where), reading);
  const scope = withItems(innerScope(known), itemOf(target));
  const seen = readers[type]({ fields, known, target, scope }, reading);
  return returned(fields, type === "MergeStmt", seen, reading);
}

interface Changing {
  readonly fields: Fields;
  /** What WITH names, without the target. */
  readonly known: Scope;
  readonly target: Source;
  /** The target alone. */
  readonly scope: Scope;
}

/** Each gives what RETURNING sees. */
const readers: Readonly<Record<Change, (changing: Changing, reading: Reading) => Scope>> = {
  InsertStmt({ fields, known, target, scope }, reading) {
    const given = fields["selectStmt"];
    // What is inserted stays, under another name.
    if (given !== undefined) {
      use(columnsOf(reading.query(partOf(given, "SelectStmt"), known)), reading);
    }
    const conflict = fieldsOf(fields["onConflictClause"]);
    // Whether there is such a row is told by what happens.
    const infer = fieldsOf(conflict?.["infer"]);
    use(reading.columnsIn(indexed(infer), scope), reading);
    const isOfAny = conflict !== null && infer === null;
    if (isOfAny || infer?.["conname"] !== undefined) use(columnsOf(target), reading);
    const proposed = withItems(scope, itemOf(excluded(target)));
    use(reading.columnsIn(conflict?.["targetList"], proposed), reading);
    use(reading.columnsIn(conflict?.["whereClause"], proposed), reading);
    return scope;
  },
  UpdateStmt({ fields, scope }, reading) {
    const seen = fromClause(fields["fromClause"], scope, reading);
    use(reading.columnsIn(fields["targetList"], seen), reading);
    use(reading.columnsIn(fields["whereClause"], seen), reading);
    return seen;
  },
  DeleteStmt({ fields, scope }, reading) {
    const seen = fromClause(fields["usingClause"], scope, reading);
    use(reading.columnsIn(fields["whereClause"], seen), reading);
    return seen;
  },
  MergeStmt({ fields, scope }, reading) {
    const seen = fromClause([fields["sourceRelation"]], scope, reading);
    use(reading.columnsIn(fields["joinCondition"], seen), reading);
    use(reading.columnsIn(fields["mergeWhenClauses"], seen), reading);
    return seen;
  },
};

function itemOf(source: Source) {
  const { list, isOpen } = source;
  return { sources: [source], star: { list, isOpen } };
}

/** The row that was proposed: what it holds came with the statement. */
function excluded({ list }: Source): Source {
  const proposed = list.map(({ name }) => ({ name, ...workedOf(noColumns) }));
  return { list: proposed, isOpen: false, alias: "excluded", relation: null };
}

/** Names and expressions of an index, and its condition, as references that are looked up. */
function indexed(clause: Fields | null): readonly unknown[] {
  const elements = listOf(clause?.["indexElems"]).map((element) => {
    const { name, expr } = partOf(element, "IndexElem") ?? {};
    return name === undefined ? expr : { ColumnRef: { fields: [{ String: { sval: name } }] } };
  });
  return [...elements, clause?.["whereClause"]];
}

function returned(fields: Fields, isMerge: boolean, scope: Scope, reading: Reading): Outputs {
  const list = fields["returningList"] ?? fieldsOf(fields["returningClause"])?.["exprs"];
  const outputs = targets(list, scope, reading);
  for (const { worked } of outputs.list) use(worked, reading);
  // In which order MERGE gives the columns of both sides for a star is not relied on.
  return { ...outputs, isOpen: outputs.isOpen || (isMerge && hasStar(list)) };
}

function hasStar(list: unknown): boolean {
  return listOf(list).some((item) =>
    listOf(partOf(partOf(item, "ResTarget")?.["val"], "ColumnRef")?.["fields"]).some(
      (field) => partOf(field, "A_Star") !== null,
    ),
  );
}
