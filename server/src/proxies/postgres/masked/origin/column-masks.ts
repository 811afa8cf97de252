/**
 * Which columns of a database hold what masks of columns name, however it came there: by inheritance, by being computed of it, through
 * views. And where the outputs of a statement come from.
 *
 * Guarantees that a view whose definition can't be read, or calls what somebody made, shows none of the outputs that are not simply columns.
 */
import { isColumn, type Mask, type Masker, maskers } from "#/core/obligation.ts";
import { childrenOf, type Edge, parentsOf, reachedIn } from "#/proxies/postgres/relations/edges.ts";
import { indexNames, relationsAlong } from "#/proxies/postgres/relations/names.ts";
import { createRecentMap, type RecentMap } from "#/proxies/postgres/sql/recent-map.ts";
import type { Fields } from "#/proxies/postgres/sql/tree.ts";
import { listOf, partOf } from "#/proxies/postgres/touched/node.ts";
import { outputColumns } from "#/proxies/postgres/touched/output-columns.ts";
import {
  type Column,
  columnOf,
  partsOfColumn,
  type Relations,
} from "#/proxies/postgres/touched/relations.ts";
import type { Output } from "#/proxies/postgres/touched/scope.ts";
import { callsOwn } from "./calls-own.ts";
import { shadowedIn } from "./definitions.ts";
import type { Expressions } from "./expressions.ts";
import type { RelationsRead } from "./read-relations.ts";

/** What views read; null where it can't be read. A view that is not among them stands for itself. */
type Definitions = ReadonlyMap<number, Fields | null>;

/** How a column is masked, and the column that a rule names, where it holds that one's values as they are. */
export interface MaskedColumn {
  readonly masker: Masker;
  readonly from: { readonly table: string; readonly column: string } | null;
}

const redacted: MaskedColumn = { masker: "redact", from: null };

export interface ColumnMasks {
  readonly read: RelationsRead;
  /** By `columnOf`. */
  readonly masked: ReadonlyMap<Column, MaskedColumn>;
  /** Names as a session finds them along its path. */
  readonly along: (path: readonly string[]) => Relations;
  /** By name, without its schema: whether a relation calls a function of which nobody knows what it reads, also behind views. */
  readonly calls: ReadonlyMap<string, boolean>;
  /** What `shadowedIn` says of it. */
  readonly shadowed: ReadonlySet<string>;
  /** What outputs of statements were traced to, by path and text. */
  readonly traced: RecentMap<Expressions>;
}

/** What is kept of it, in bytes. */
const tracedBytesMax = 1024 * 1024;

/** What holds values of any column, without being derived from one. */
const systemColumns =
  "pg_stats.most_common_vals pg_stats.histogram_bounds pg_stats.most_common_elems pg_stats.range_bounds_histogram pg_statistic.stavalues1 pg_statistic.stavalues2 pg_statistic.stavalues3 pg_statistic.stavalues4 pg_statistic.stavalues5 pg_stats_ext.most_common_vals pg_stats_ext_exprs.most_common_vals pg_stats_ext_exprs.histogram_bounds pg_stats_ext_exprs.most_common_elems pg_statistic_ext_data.stxdmcv pg_statistic_ext_data.stxdexpr pg_stat_activity.query pg_stat_statements.query";

/** Views through which a masked column may come, all of them: their definitions are what `maskColumns` asks for. */
export function viewsBehind(read: RelationsRead, masks: readonly Mask[]): readonly number[] {
  const holding = new Set<number>();
  for (const column of tableColumns(read, masks).keys())
    holding.add(Number(column.split(" ", 1)[0]));
  // A rule that masks no column asks nothing of views.
  if (holding.size === 0) return [];
  for (const oid of read.calling) holding.add(oid);
  const found = new Set([...read.calling, ...reached(read.viewed, holding)]);
  return [...found].filter((oid) => !holding.has(oid) || read.relations.get(oid)?.isView === true);
}

export function maskColumns(
  read: RelationsRead,
  masks: readonly Mask[],
  definitions: Definitions,
): ColumnMasks {
  const masked = new Map(tableColumns(read, masks));
  // As they are printed where `pg_catalog` alone is the search path.
  const names = indexNames(read, ["pg_catalog"]);
  let holders: ReadonlySet<number> = new Set();
  const along = (path: readonly string[]) =>
    relationsAlong(
      names,
      path,
      ({ oid }) => ({
        isView: definitions.has(oid),
        query: definitions.get(oid) ?? null,
        kin: [],
      }),
      ({ oid }) => holders.has(oid),
    );
  const relations = along([]);
  const views = [...definitions].flatMap(([oid, definition]) => {
    const view = read.relations.get(oid);
    if (view === undefined) return [];
    const outputs = outputsOfView(definition, relations);
    const direct = definition === null ? null : directOutputs(definition);
    const calls = definition === null || callsOwn(definition, read.ownFunctions);
    return [{ view, outputs, direct, calls }];
  });
  // Until nothing is added: a view may read another one.
  for (let before = ""; before !== stateOf(masked); ) {
    before = stateOf(masked);
    for (const { view, outputs, direct, calls } of views) {
      for (const [at, name] of [...view.columns.values()].entries()) {
        const isColumnAlone = outputs !== null && direct?.has(at) === true;
        const isKnown = isColumnAlone || (outputs !== null && !calls);
        const found = isKnown ? strictest(outputs[at]?.columns ?? [], masked) : redacted;
        if (found === null) continue;
        put(masked, columnOf({ oid: String(view.oid) }, name), isColumnAlone ? found : redacted);
      }
    }
  }
  holders = new Set([...masked.keys()].map((column) => Number(partsOfColumn(column).oid)));
  const calls = new Map([...read.relations.values()].map(({ name }) => [name, false]));
  for (const oid of [...read.calling, ...reached(read.viewed, read.calling)]) {
    calls.set(read.relations.get(oid)?.name ?? "", true);
  }
  const shadowed = shadowedIn(read);
  return { read, masked, along, calls, shadowed, traced: createRecentMap(tracedBytesMax) };
}

function stateOf(masked: ReadonlyMap<Column, MaskedColumn>): string {
  return [...masked].map(([column, { masker }]) => `${column} ${masker}`).join("\n");
}

/** The columns behind each output of a definition; null: behind any of them may be anything. */
function outputsOfView(definition: Fields | null, relations: Relations): readonly Output[] | null {
  return definition === null ? null : outputColumns(definition, relations, "view");
}

/** Which outputs are columns of relations, by themselves; null where that can't be told so simply. */
function directOutputs(definition: Fields): ReadonlySet<number> | null {
  const isPlain = (item: unknown): boolean => {
    const join = partOf(item, "JoinExpr");
    if (join !== null) return isPlain(join["larg"]) && isPlain(join["rarg"]);
    return partOf(item, "RangeVar") !== null;
  };
  const isSimple =
    definition["larg"] === undefined &&
    definition["withClause"] === undefined &&
    listOf(definition["fromClause"]).every(isPlain);
  if (!isSimple) return null;
  const targets = listOf(definition["targetList"]).map(
    (item) => partOf(partOf(item, "ResTarget")?.["val"], "ColumnRef") !== null,
  );
  return new Set(targets.flatMap((isBare, at) => (isBare ? [at] : [])));
}

/** Columns of tables and views that a mask names, and what inherits them, is a part of them or is computed of them. */
function tableColumns(
  read: RelationsRead,
  masks: readonly Mask[],
): ReadonlyMap<Column, MaskedColumn> {
  const masked = new Map<Column, MaskedColumn>();
  const targets = masks.flatMap(({ target, masker }) =>
    target.kind === "column" ? [{ target, masker }] : [],
  );
  if (targets.length === 0) return masked;
  const stats = new Set(systemColumns.split(" "));
  const down = childrenOf(read.inherited);
  const up = parentsOf(read.inherited);
  for (const relation of read.relations.values()) {
    for (const column of relation.columns.values()) {
      const { schema, name: table } = relation;
      const isSystems = schema === "pg_catalog" || table === "pg_stat_statements";
      if (isSystems && stats.has(`${table}.${column}`)) {
        put(masked, columnOf({ oid: String(relation.oid) }, column), redacted);
      }
      for (const { target, masker } of targets) {
        if (!isColumn(target, { schema, table, column })) continue;
        for (const oid of [
          relation.oid,
          ...reachedIn(down, relation.oid),
          ...reachedIn(up, relation.oid),
        ]) {
          put(masked, columnOf({ oid: String(oid) }, column), { masker, from: { table, column } });
        }
      }
    }
  }
  for (const { oid, from, to } of read.generated) {
    const columns = read.relations.get(oid)?.columns;
    if (masked.has(columnOf({ oid: String(oid) }, columns?.get(from) ?? "")))
      put(masked, columnOf({ oid: String(oid) }, columns?.get(to) ?? ""), redacted);
  }
  return masked;
}

export function strictest(
  columns: Iterable<Column>,
  masked: ReadonlyMap<Column, MaskedColumn>,
): MaskedColumn | null {
  let found: MaskedColumn | null = null;
  for (const column of columns) {
    const masker = masked.get(column);
    if (masker !== undefined) found = stricter(found, masker);
  }
  return found;
}

function stricter(one: MaskedColumn | null, other: MaskedColumn): MaskedColumn {
  const isStricter = one !== null && maskers.indexOf(one.masker) <= maskers.indexOf(other.masker);
  return isStricter ? one : other;
}

function put(masked: Map<Column, MaskedColumn>, column: Column, masker: MaskedColumn): void {
  masked.set(column, stricter(masked.get(column) ?? null, masker));
}

function reached(edges: readonly Edge[], from: Iterable<number>): ReadonlySet<number> {
  const children = childrenOf(edges);
  const found = new Set<number>();
  for (const oid of from) for (const each of reachedIn(children, oid)) found.add(each);
  return found;
}
