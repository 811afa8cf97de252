/** The names of an object in the form in which `pg_get_object_address` takes them, from the grammar's trees. */
import type { Node, ObjectType, ObjectWithArgs, TypeName } from "libpg-query";
import { stringsOf } from "./tree.ts";

/** As `pg_get_object_address` takes it. */
export interface ObjectAddress {
  readonly type: string;
  readonly names: readonly string[];
  readonly args: readonly string[];
}

/** Null for what it does not take, or not in this form. */
export function objectAddress(
  objectType: ObjectType | undefined,
  object: Node | undefined,
): ObjectAddress | null {
  const type = types[objectType ?? ""];
  if (type === undefined || object === undefined) return null;
  if ("String" in object) return { type, names: stringsOf([object]), args: [] };
  if ("TypeName" in object) return ofTypes(type, [object.TypeName], []);
  if ("ObjectWithArgs" in object) return ofCalled(type, object.ObjectWithArgs);
  if (!("List" in object)) return null;
  const items = object.List.items ?? [];
  const [first, second] = items;
  if (first !== undefined && "TypeName" in first) {
    if (second === undefined || items.length !== 2) return null;
    return "TypeName" in second
      ? ofTypes(type, [first.TypeName], [second.TypeName])
      : withArgs(ofTypes(type, [first.TypeName], []), stringsOf([second]));
  }
  const names = stringsOf(items);
  return names.length === items.length ? { type, names, args: [] } : null;
}

export function roleAddress(name: string | undefined): ObjectAddress {
  return { type: "role", names: [name ?? ""], args: [] };
}

function ofCalled(
  type: string,
  { objname, objargs = [], objfuncargs = [], args_unspecified }: ObjectWithArgs,
): ObjectAddress | null {
  // Arguments that are only given back are another way to say which it is.
  if (args_unspecified || objfuncargs.some(isGivenBack)) return null;
  const args = objargs.map((node) => ("TypeName" in node ? typeText(node.TypeName) : null));
  const texts = args.filter((text) => text !== null);
  return texts.length === args.length ? { type, names: stringsOf(objname), args: texts } : null;
}

function isGivenBack(node: Node): boolean {
  const mode = "FunctionParameter" in node ? (node.FunctionParameter.mode ?? "") : "";
  return !inwards.includes(mode);
}

const inwards: readonly string[] = ["FUNC_PARAM_DEFAULT", "FUNC_PARAM_IN", "FUNC_PARAM_VARIADIC"];

function ofTypes(
  type: string,
  names: readonly TypeName[],
  args: readonly TypeName[],
): ObjectAddress | null {
  const [named, given] = [names.map(typeText), args.map(typeText)];
  const isWhole = [...named, ...given].every((text) => text !== null);
  return isWhole ? { type, names: named as string[], args: given as string[] } : null;
}

function withArgs(address: ObjectAddress | null, args: readonly string[]): ObjectAddress | null {
  return address === null ? null : { ...address, args };
}

/** Null with what its name does not hold: a length, the type of a column. */
function typeText({ names, pct_type, setof, typmods, arrayBounds = [] }: TypeName): string | null {
  const parts = stringsOf(names);
  if (pct_type || setof || (typmods ?? []).length > 0 || parts.length === 0) return null;
  const quoted = parts.map((part) => `"${part.replaceAll('"', '""')}"`).join(".");
  return quoted + "[]".repeat(arrayBounds.length);
}

const types: Readonly<Record<string, string>> = {
  OBJECT_ACCESS_METHOD: "access method",
  OBJECT_AGGREGATE: "aggregate",
  OBJECT_CAST: "cast",
  OBJECT_COLLATION: "collation",
  OBJECT_COLUMN: "table column",
  OBJECT_CONVERSION: "conversion",
  OBJECT_DATABASE: "database",
  OBJECT_DOMAIN: "type",
  OBJECT_DOMCONSTRAINT: "domain constraint",
  OBJECT_EVENT_TRIGGER: "event trigger",
  OBJECT_EXTENSION: "extension",
  OBJECT_FDW: "foreign-data wrapper",
  OBJECT_FOREIGN_SERVER: "server",
  OBJECT_FOREIGN_TABLE: "foreign table",
  OBJECT_FUNCTION: "function",
  OBJECT_INDEX: "index",
  OBJECT_LANGUAGE: "language",
  OBJECT_MATVIEW: "materialized view",
  OBJECT_OPCLASS: "operator class",
  OBJECT_OPERATOR: "operator",
  OBJECT_OPFAMILY: "operator family",
  OBJECT_POLICY: "policy",
  OBJECT_PROCEDURE: "procedure",
  OBJECT_PUBLICATION: "publication",
  OBJECT_ROLE: "role",
  OBJECT_RULE: "rule",
  OBJECT_SCHEMA: "schema",
  OBJECT_SEQUENCE: "sequence",
  OBJECT_STATISTIC_EXT: "statistics object",
  OBJECT_SUBSCRIPTION: "subscription",
  OBJECT_TABCONSTRAINT: "table constraint",
  OBJECT_TABLE: "table",
  OBJECT_TABLESPACE: "tablespace",
  OBJECT_TRANSFORM: "transform",
  OBJECT_TRIGGER: "trigger",
  OBJECT_TSCONFIGURATION: "text search configuration",
  OBJECT_TSDICTIONARY: "text search dictionary",
  OBJECT_TSPARSER: "text search parser",
  OBJECT_TSTEMPLATE: "text search template",
  OBJECT_TYPE: "type",
  OBJECT_VIEW: "view",
};
