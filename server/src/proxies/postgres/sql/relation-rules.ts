/** What naming a relation means: that it is read, written, or only a name that WITH gives. */
import type { JoinExpr, RangeTableSample, RangeVar } from "libpg-query";
import { dotted } from "#/core/dotted-name.ts";
import { isSafeSampling } from "./safe-functions.ts";
import { stringsOf } from "./tree.ts";
import { type Findings, markOpaque, type Place, type Rules, type Walk } from "./walk.ts";
import { isNamed } from "./with-names.ts";

export const relationRules: Rules = [
  ["JoinExpr", join],
  ["RangeTableSample", sampling],
  ["RangeVar", relation],
];

/** A relation that the statement changes, whatever names WITH gives. */
export function changes(findings: Findings, relation: RangeVar | undefined): void {
  if (relation === undefined) return;
  const name = relationName(relation);
  findings.writes.add(name);
  findings.relations.add(name);
  // The system's own relations decide what everybody may do; `update pg_settings` is a SET.
  if (isSystemRelation(relation)) findings.verbs.add("sql.admin");
}

export function looksAt(findings: Findings, relation: RangeVar | undefined): void {
  if (relation === undefined) return;
  const name = relationName(relation);
  findings.reads.add(name);
  findings.relations.add(name);
}

function relation(node: RangeVar, { scope, access, runs }: Place, { findings }: Walk): void {
  const isNamedByWith = node.schemaname === undefined && isNamed(scope, node.relname ?? "");
  if (isNamedByWith && access !== "write") return;
  if (access !== "write" || !runs) looksAt(findings, node);
  if (access !== "read" && runs) changes(findings, node);
}

function join(node: JoinExpr, place: Place, walk: Walk): void {
  walk.visit(node.quals, { ...place, access: "read" });
  walk.visitFields("JoinExpr", node, place, ["quals"]);
}

function sampling(node: RangeTableSample, place: Place, walk: Walk): void {
  const parts = stringsOf(node.method);
  const isBuiltin = parts.length === 1 || (parts.length === 2 && parts[0] === "pg_catalog");
  if (!isBuiltin || !isSafeSampling(parts.at(-1) ?? "")) {
    markOpaque(walk.findings, "It samples by a method that is not known to be free of effects.");
  }
  walk.visitFields("RangeTableSample", node, place, ["method"]);
}

function relationName({ schemaname, relname }: RangeVar): string {
  return dotted(schemaname === undefined ? [relname ?? ""] : [schemaname, relname ?? ""]);
}

function isSystemRelation({ schemaname, relname }: RangeVar): boolean {
  if (schemaname === undefined) return (relname ?? "").startsWith("pg_");
  return ["information_schema", "pg_catalog", "pg_toast"].includes(schemaname);
}
