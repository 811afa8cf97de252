import { namesOf, partOf } from "./node.ts";
import { fieldOfRow } from "./outputs.ts";
import { count, type Reading } from "./reading.ts";
import type { Column } from "./relations.ts";
import {
  columnsOf,
  noColumns,
  resolve,
  resolveField,
  resolveValue,
  type Scope,
  union,
} from "./scope.ts";
import { Unreadable } from "./unreadable.ts";

const nodeDepthMax = 400;
const systemUser = [{ String: { sval: "system_user" } }];

/** Everything in an expression that stands for a column. */
export function columnsIn(
  node: unknown,
  scope: Scope,
  reading: Reading,
  depth = 0,
): ReadonlySet<Column> {
  if (typeof node !== "object" || node === null) return noColumns;
  count(reading);
  if (depth > nodeDepthMax) throw new Unreadable("It is nested more deeply than is looked into.");
  const inside = (part: unknown) => columnsIn(part, scope, reading, depth + 1);
  if (Array.isArray(node)) return union(node.map(inside));
  const reference = partOf(node, "ColumnRef");
  if (reference !== null) return resolve(reference["fields"], scope);
  const called = namesOf(partOf(node, "FuncCall")?.["funcname"]);
  // Servers before 16 know no such word: there it is what a column may be called.
  if (called.at(-1) === "system_user") return resolveValue(systemUser, scope)?.columns ?? noColumns;
  const link = partOf(node, "SubLink");
  if (link !== null) {
    const outputs = reading.query(partOf(link["subselect"], "SelectStmt"), scope);
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
  const found = union(parts.map(([, part]) => inside(part)));
  const isKnown = reading.viewDepth === 0 || called.length === 0 || reading.isKnownCall(called);
  return isKnown ? found : union([found, reading.unread]);
}
