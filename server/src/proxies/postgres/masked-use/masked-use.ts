/**
 * Whether a message uses a masked column for anything but to return it (SEMANTICS §6).
 *
 * Guarantees that what can't be traced counts as used where the statement touches a relation with masked columns. Pure:
 * names lead where `KnownRelations` says.
 */
import { lastPart } from "#/core/dotted-name.ts";
import type { Catalogue } from "#/proxies/postgres/catalogue/catalogue.ts";
import type { Classified, Classifier } from "#/proxies/postgres/sql/facts.ts";
import { fieldsOf } from "#/proxies/postgres/touched/node.ts";
import { namesIn } from "#/proxies/postgres/touched/read-relations.ts";
import {
  partsOfColumn,
  type Relation,
  type Relations,
} from "#/proxies/postgres/touched/relations.ts";
import { readingOf } from "#/proxies/postgres/touched/start-reading.ts";
import { Unreadable } from "#/proxies/postgres/touched/unreadable.ts";
import { type KnownRelations, knownAlong } from "./known-relations.ts";
import { isMasked, type MaskedColumns } from "./masked-columns.ts";
import { ofUse, readStatement, untraced } from "./read-statement.ts";

export interface MaskedUse {
  readonly isUsed: boolean;
  /** It is of this text, and not of all that differ from it in their constants only. */
  readonly isOfText: boolean;
}

export interface MaskedUseSource extends Pick<Catalogue, "relations" | "ownNames"> {
  readonly masked: MaskedColumns;
  readonly searchPath: readonly string[];
  readonly classifier: Classifier;
}

/** Without what it runs by name. */
export function maskedUseOf(classified: Classified, source: MaskedUseSource): MaskedUse {
  const { facts, statements, text } = classified;
  if (facts.opaque !== null) return ofText(true);
  if (statements.length === 0) return ofText(false);
  const { relations: known, classifier, searchPath, masked } = source;
  const trees = classifier.trees(text);
  if (typeof known === "string" || trees === null) return ofText(mayTouch(classified));
  const relations = knownAlong(known, searchPath, classifier);
  if (redefines(classified) || callsOwn(classified, source)) {
    return ofText(touches(trees, relations, known, masked));
  }
  const reading = readingOf(relations, ofUse(source.ownNames));
  for (const { stmt } of trees) {
    try {
      readStatement(stmt, reading);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      if (runsCode.has(typeOf(stmt)) || touches(stmt, relations, known, masked))
        return ofText(true);
    }
  }
  const isUsed = usesMasked(reading.used, known, masked);
  return { isUsed, isOfText: reading.usesPositions };
}

/** As far as its text tells: not where it names no relation and defines nothing. */
export function mayTouch({ facts, verbs }: Classified): boolean {
  return (
    facts.opaque !== null ||
    facts.reads.length > 0 ||
    facts.writes.length > 0 ||
    verbs.some((verb) => verb !== "sql.read" && verb !== "sql.write")
  );
}

function ofText(isUsed: boolean): MaskedUse {
  return { isUsed, isOfText: true };
}

/** What follows in the same message may mean something else by then than the catalogue tells. */
function redefines({ statements, verbs }: Classified): boolean {
  return statements.length > 1 && verbs.some((verb) => verb !== "sql.read" && verb !== "sql.write");
}

/** Under the name of a function that is built in somebody may have made one that reads what it likes. */
function callsOwn({ references }: Classified, { ownNames }: MaskedUseSource): boolean {
  return references.functions.some((name) => ownNames.has(lastPart(name)));
}

/** Their text, or what they set in motion, may read anything. */
const runsCode: ReadonlySet<string> = new Set([
  "AlterFunctionStmt",
  "CallStmt",
  "CreateEventTrigStmt",
  "CreateFunctionStmt",
  "CreateTrigStmt",
  "DoStmt",
  "RuleStmt",
]);

function typeOf(stmt: unknown): string {
  return Object.keys(fieldsOf(stmt) ?? {})[0] ?? "";
}

function usesMasked(
  used: ReadonlySet<string>,
  { kin }: KnownRelations,
  masked: MaskedColumns,
): boolean {
  for (const column of used) {
    const { oid, name } = partsOfColumn(column);
    const names = column === untraced ? undefined : kin.get(oid);
    if (names === undefined || isMasked(masked, names, name)) return true;
  }
  return false;
}

/** Whether it names a relation that has a masked column, also behind views; a name that leads nowhere may be one. */
function touches(
  tree: unknown,
  relations: Relations,
  { kin }: KnownRelations,
  masked: MaskedColumns,
): boolean {
  const seen = new Set<Relation>();
  const pending: (Relation | null)[] = namesIn(tree).map(([schema, name]) =>
    relations.named(schema, name, "statement"),
  );
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (at === null || (at.isView && at.query === null)) return true;
    if (seen.has(at)) continue;
    seen.add(at);
    const { oid, columns, query } = at;
    const names = kin.get(oid) ?? [];
    if (columns.some((column) => isMasked(masked, names, column))) return true;
    for (const [schema, name] of query === null ? [] : namesIn(query)) {
      pending.push(relations.named(schema, name, "view"));
    }
  }
  return false;
}
