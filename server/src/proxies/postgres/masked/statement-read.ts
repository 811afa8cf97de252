/** What the text of a message says of its results: where expressions come from, and how the data of a COPY is written. Looked at once it is asked for. */
import type { Classified, Classifier } from "#/proxies/postgres/sql/facts.ts";
import { partOf, textOf } from "#/proxies/postgres/touched/node.ts";
import type { ColumnMasks } from "./column-masks.ts";
import { type CopySource, readCopySource } from "./copy-source.ts";
import { type Expressions, expressionsOf } from "./origins.ts";

export interface MaskedStatement {
  readonly command: string;
  readonly classified: Pick<Classified, "statements" | "verbs">;
}

/** By the number of a statement within its message. */
export interface StatementRead {
  readonly expressions: (statement: number) => Expressions;
  readonly copied: (statement: number) => CopySource | string | null;
}

export interface ReadingStatement {
  readonly columns: ColumnMasks | null;
  readonly trees: Classifier["trees"];
  readonly path: readonly string[] | null;
  /** The text of what was prepared under this name. */
  readonly prepared: (name: string) => string | null;
  /** What a cursor of this name gives. */
  readonly fetched: (name: string) => Expressions;
}

export function readStatement(
  { command, classified }: MaskedStatement,
  { columns, trees, path, prepared, fetched }: ReadingStatement,
): StatementRead {
  const isOpaque = classified.verbs.includes("sql.opaque");
  let read: ReturnType<Classifier["trees"]> | undefined;
  const treeOf = (statement: number): unknown => {
    if (read === undefined) read = trees(command);
    return read?.[statement]?.stmt;
  };
  const ofTree = (tree: unknown): Expressions => {
    const cursor = textOf(partOf(tree, "FetchStmt")?.["portalname"]);
    if (cursor !== null) return fetched(cursor);
    const executed = textOf(partOf(tree, "ExecuteStmt")?.["name"]);
    if (executed === null) return expressionsOf(tree, columns, path);
    const text = prepared(executed);
    const [inner, ...more] = (text === null ? null : trees(text)) ?? [];
    return more.length > 0 ? null : expressionsOf(inner?.stmt, columns, path);
  };
  const known = new Map<number, Expressions>();
  return {
    expressions(statement) {
      if (isOpaque) return null;
      const before = known.get(statement);
      if (before !== undefined) return before;
      const found = ofTree(treeOf(statement));
      known.set(statement, found);
      return found;
    },
    copied: (statement) => readCopySource(treeOf(statement), isOpaque ? null : columns, path),
  };
}

/** A sentence where it copies out what can't be masked. */
export function whyNotCopied(
  { classified }: MaskedStatement,
  { copied }: StatementRead,
): string | null {
  for (const [at, { kind }] of classified.statements.entries()) {
    const source = kind === "copy_out" ? copied(at) : null;
    if (typeof source === "string") return source;
  }
  return null;
}
