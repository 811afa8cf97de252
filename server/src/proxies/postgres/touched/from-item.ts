/** What stands in FROM. */
import type { Fields } from "#/proxies/postgres/sql/tree.ts";
import { fieldsOf, listOf, namesOf, partOf, textOf } from "./node.ts";
import { commonNames, functionName, mergedOutputs, renamed } from "./outputs.ts";
import { count, type Reading, use } from "./reading.ts";
import { relationSource } from "./relation-source.ts";
import type { Scope, Source } from "./scope.ts";
import { Unreadable } from "./unreadable.ts";

/** `scope` holds what stands before it, which it sees where it is LATERAL. */
export function fromItem(item: unknown, scope: Scope, reading: Reading): readonly Source[] {
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
      use(reading.columnsIn(fields["args"], scope), reading);
      use(reading.columnsIn(fields["repeatable"], scope), reading);
      return fromItem(fields["relation"], scope, reading);
    }
    case "RangeSubselect": {
      const sees: Scope = fields["lateral"] === true ? scope : { ...scope, sources: [] };
      const outputs = reading.query(partOf(fields["subquery"], "SelectStmt"), sees);
      return [{ ...renamed(outputs, names), alias: name, relation: null }];
    }
    case "RangeFunction":
    case "RangeTableFunc":
    case "JsonTable": {
      const { alias: _, ...parts } = fields;
      const given = reading.columnsIn(parts, scope);
      use(given, reading);
      const defined = listOf(fields["coldeflist"]).map(
        (column) => textOf(partOf(column, "ColumnDef")?.["colname"]) ?? "",
      );
      // Whatever it is given may be in what it gives, under names that are not known too.
      const list = [...names, ...defined, ...(given.size === 0 ? [] : [null])].map((each) => ({
        name: each,
        columns: given,
      }));
      return [{ list, isOpen: true, alias: name ?? functionName(fields), relation: null }];
    }
    case "JoinExpr":
      return join(fields, scope, reading);
    default:
      throw new Unreadable("It takes rows from something that is not looked into.");
  }
}

function join(fields: Fields, scope: Scope, reading: Reading): readonly Source[] {
  const left = fromItem(fields["larg"], scope, reading);
  const before = { ...scope, sources: [...scope.sources, ...left] };
  const right = fromItem(fields["rarg"], before, reading);
  const sources = [...left, ...right];
  use(reading.columnsIn(fields["quals"], { ...scope, sources }), reading);
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
