/** What stands in FROM. */
import type { Fields } from "#/proxies/postgres/sql/tree.ts";
import { fieldsOf, listOf, namesOf, partOf, textOf } from "./node.ts";
import { commonNames, functionName, joinedStar, mergedOutputs, renamed } from "./outputs.ts";
import { count, type Reading, use } from "./reading.ts";
import { relationSource } from "./relation-source.ts";
import {
  type FromItems,
  noOutputs,
  type Scope,
  type Source,
  withItems,
  workedOf,
} from "./scope.ts";
import { Unreadable } from "./unreadable.ts";

/** `scope` holds what stands before it, which it sees where it is LATERAL. */
export function fromItem(item: unknown, scope: Scope, reading: Reading): FromItems {
  count(reading);
  const [type = ""] = Object.keys(fieldsOf(item) ?? {});
  const fields = partOf(item, type) ?? {};
  const alias = fieldsOf(fields["alias"]);
  const name = textOf(alias?.["aliasname"]);
  const names = namesOf(alias?.["colnames"]);
  switch (type) {
    case "RangeVar":
      return only(relationSource(fields, scope, reading));
    case "RangeTableSample": {
      use(reading.columnsIn(fields["args"], scope), reading);
      use(reading.columnsIn(fields["repeatable"], scope), reading);
      return fromItem(fields["relation"], scope, reading);
    }
    case "RangeSubselect": {
      const sees: Scope =
        fields["lateral"] === true ? scope : { ...scope, sources: [], star: noOutputs };
      const outputs = reading.query(partOf(fields["subquery"], "SelectStmt"), sees);
      return only({ ...renamed(outputs, names), alias: name, relation: null });
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
      const list = [...names, ...defined, null].map((each) => ({
        name: each,
        ...workedOf(given),
      }));
      return only({ list, isOpen: true, alias: name ?? functionName(fields), relation: null });
    }
    case "JoinExpr":
      return join(fields, scope, reading);
    default:
      throw new Unreadable("It takes rows from something that is not looked into.");
  }
}

function only(source: Source): FromItems {
  const { list, isOpen } = source;
  return { sources: [source], star: { list, isOpen } };
}

function join(fields: Fields, scope: Scope, reading: Reading): FromItems {
  const left = fromItem(fields["larg"], scope, reading);
  const right = fromItem(fields["rarg"], withItems(scope, left), reading);
  const sources = [...left.sources, ...right.sources];
  use(reading.columnsIn(fields["quals"], { ...scope, sources }), reading);
  const merged =
    fields["isNatural"] === true
      ? commonNames(left.star, right.star)
      : namesOf(fields["usingClause"]);
  for (const output of sources.flatMap(({ list }) => list)) {
    if (output.name === null || merged.includes(output.name)) use(output.columns, reading);
  }
  const mergedList = mergedOutputs([left.star, right.star], merged);
  const star = joinedStar(left.star, right.star, mergedList);
  const using = textOf(fieldsOf(fields["join_using_alias"])?.["aliasname"]);
  const named: readonly Source[] =
    using === null ? [] : [{ list: mergedList, isOpen: false, alias: using, relation: null }];
  const alias = fieldsOf(fields["alias"]);
  const name = textOf(alias?.["aliasname"]);
  if (name === null) return { sources: [...sources, ...named], star };
  return only({ ...renamed(star, namesOf(alias?.["colnames"])), alias: name, relation: null });
}
