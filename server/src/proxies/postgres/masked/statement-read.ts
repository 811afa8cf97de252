/** What the text of a message says of its results: where expressions come from, and how the data of a COPY is written. Looked at once it is asked for. */
import type { Mask } from "#/core/obligation.ts";
import { type CopySource, readCopySource } from "#/proxies/postgres/masked/copy/copy-source.ts";
import type { ColumnMasks } from "#/proxies/postgres/masked/origin/column-masks.ts";
import type { FetchedFrom } from "#/proxies/postgres/masked/origin/cursors.ts";
import { readsDefinitions } from "#/proxies/postgres/masked/origin/definitions.ts";
import type { Expressions } from "#/proxies/postgres/masked/origin/expressions.ts";
import { expressionsOf } from "#/proxies/postgres/masked/origin/origins.ts";
import type { Classified, Classifier } from "#/proxies/postgres/sql/facts.ts";
import { fieldsOf, listOf, namesOf, partOf, textOf } from "#/proxies/postgres/touched/node.ts";

export interface MaskedStatement {
  readonly command: string;
  readonly classified: Pick<Classified, "statements" | "verbs" | "facts">;
}

/** By the number of a statement within its message. */
export interface StatementRead {
  readonly expressions: (statement: number) => Expressions;
  /** Whether what it gives may be older than the catalogue. */
  readonly isOlder: (statement: number) => boolean;
  readonly copied: (statement: number) => CopySource | string | null;
  readonly treeOf: (statement: number) => unknown;
  /** Whether the message as a whole reads nothing but what describes the database. */
  readonly isOfDefinitions: () => boolean;
}

export interface ReadingStatement {
  readonly columns: ColumnMasks | null;
  readonly trees: Classifier["trees"];
  readonly path: readonly string[] | null;
  /** The text of what was prepared under this name. */
  readonly prepared: (name: string) => string | null;
  /** What a cursor of this name gives. */
  readonly fetched: (name: string) => FetchedFrom;
}

/** Of an entry, besides its text. */
const tracedBytes = 500;

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
  const cursorOf = (tree: unknown) => textOf(partOf(tree, "FetchStmt")?.["portalname"]);
  const ofTree = (tree: unknown): Expressions => {
    const cursor = cursorOf(tree);
    if (cursor !== null) return fetched(cursor).expressions;
    const executed = textOf(partOf(tree, "ExecuteStmt")?.["name"]);
    if (executed === null) return expressionsOf(tree, columns, path);
    const text = prepared(executed);
    const [inner, ...more] = (text === null ? null : trees(text)) ?? [];
    return more.length > 0 ? null : expressionsOf(inner?.stmt, columns, path);
  };
  let isOfDefinitions: boolean | undefined;
  return {
    treeOf,
    isOfDefinitions() {
      isOfDefinitions ??= readsDefinitions(classified, columns);
      return isOfDefinitions;
    },
    expressions(statement) {
      if (isOpaque || columns === null) return null;
      const { kind, executes } = classified.statements[statement] ?? {};
      // What these give hangs on what a name stands for.
      if (kind === "fetch" || executes !== null) return ofTree(treeOf(statement));
      const key = [path?.join("\0") ?? "", statement, command].join("\0\0");
      const before = columns.traced.get(key);
      if (before !== undefined) return before;
      const found = ofTree(treeOf(statement));
      columns.traced.set(key, found, tracedBytes + 2 * key.length);
      return found;
    },
    isOlder(statement) {
      if (classified.statements[statement]?.kind !== "fetch") return false;
      const cursor = cursorOf(treeOf(statement));
      return cursor === null || fetched(cursor).isOlder;
    },
    copied: (statement) => readCopySource(treeOf(statement), isOpaque ? null : columns, path),
  };
}

/** A sentence where it would show what can't be masked, now or later. */
export function whyNotMasked(
  { classified }: MaskedStatement,
  { copied, treeOf }: StatementRead,
  masks: readonly Mask[],
): string | null {
  const hasColumns = masks.some(({ target }) => target.kind === "column");
  for (const [at, { kind }] of classified.statements.entries()) {
    const source = kind === "copy_out" ? copied(at) : null;
    if (typeof source === "string") return source;
    if (hasColumns && keepsComputed(treeOf(at))) return computed;
  }
  return null;
}

const computed =
  "Where columns are masked, set_config, pg_notify, advisory locks and functions of large objects take constants and parameters alone: what they keep is read again by a name of its own.";

/** Whether it puts what it computes where no column is, to be read from there. */
function keepsComputed(tree: unknown): boolean {
  const pending: unknown[] = [tree];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (Array.isArray(at)) {
      for (const each of at as readonly unknown[]) pending.push(each);
      continue;
    }
    const call = partOf(at, "FuncCall");
    if (call !== null && isKeeping(namesOf(call["funcname"]).at(-1) ?? "")) {
      if (!listOf(call["args"]).every(isGiven)) return true;
    }
    for (const part of Object.values(fieldsOf(at) ?? {})) {
      if (typeof part === "object") pending.push(part);
    }
  }
  return false;
}

const keeping: ReadonlySet<string> = new Set(
  "set_config pg_notify setval setseed lo_from_bytea lo_put lowrite lo_create lo_import pg_logical_emit_message pg_replication_origin_create pg_restore_relation_stats pg_restore_attribute_stats".split(
    " ",
  ),
);

/** Advisory locks stand in pg_locks, names of slots in pg_replication_slots. */
function isKeeping(name: string): boolean {
  return keeping.has(name) || /^pg_(?:try_)?advisory_|^pg_(?:create|copy)_.*_slot$/.test(name);
}

/** A constant or a parameter, perhaps with its type. */
function isGiven(node: unknown): boolean {
  const cast = partOf(node, "TypeCast");
  if (cast !== null) return isGiven(cast["arg"]);
  return partOf(node, "A_Const") !== null || partOf(node, "ParamRef") !== null;
}
