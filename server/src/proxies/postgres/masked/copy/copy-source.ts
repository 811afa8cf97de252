/** What a COPY … TO STDOUT says of its data: how it is written, and where its columns come from. */
import { type CopyDataForm, readCopyForm } from "#/proxies/postgres/copy/copy-statement.ts";
import { callsOwn } from "#/proxies/postgres/masked/origin/calls-own.ts";
import { type ColumnMasks, strictest } from "#/proxies/postgres/masked/origin/column-masks.ts";
import type { Origin, OriginName } from "#/proxies/postgres/masked/origin/origin.ts";
import type { Fields } from "#/proxies/postgres/sql/tree.ts";
import { fieldsOf, namesOf, partOf, textOf } from "#/proxies/postgres/touched/node.ts";
import { outputColumns } from "#/proxies/postgres/touched/output-columns.ts";
import { columnOf, partsOfColumn } from "#/proxies/postgres/touched/relations.ts";

export interface CopySource {
  readonly form: CopyDataForm;
  /** Null: they can't be told. */
  readonly columns: readonly CopySourceColumn[] | null;
}

export interface CopySourceColumn {
  readonly name: string;
  readonly origin: Origin;
}

/** Null for what is no COPY of this kind; a sentence where its data can't be masked. */
export function readCopySource(
  tree: unknown,
  columns: ColumnMasks | null,
  path: readonly string[] | null,
): CopySource | string | null {
  const copy = partOf(tree, "CopyStmt");
  if (copy === null || copy["is_from"] === true || copy["filename"] !== undefined) return null;
  const form = readCopyForm(copy);
  if (typeof form === "string") return form;
  if (form.format === "binary") {
    return "COPY in binary format is not carried where values are masked; copy as text or CSV.";
  }
  const read = columns === null || path === null ? null : columnsOf(copy, columns, path);
  return { form, columns: read };
}

function columnsOf(
  copy: Fields,
  columns: ColumnMasks,
  path: readonly string[],
): readonly CopySourceColumn[] | null {
  const { masked, along, read } = columns;
  const relations = along(path);
  const select = partOf(copy["query"], "SelectStmt");
  if (select !== null) {
    if (callsOwn(select, read.ownFunctions)) return null;
    const outputs = outputColumns(select, relations, "statement");
    return (
      outputs?.map(({ name, columns: behind }): CopySourceColumn => {
        const isMasked = strictest(behind, masked) !== null;
        const [only, ...more] = behind;
        const from = only === undefined || more.length > 0 ? null : nameOf(only, columns);
        const origin: Origin = isMasked ? { kind: "hidden" } : { kind: "clear", from };
        return { name: name ?? "", origin };
      }) ?? null
    );
  }
  const range = fieldsOf(copy["relation"]);
  const name = textOf(range?.["relname"]);
  if (name === null) return null;
  const relation = relations.named(textOf(range?.["schemaname"]), name, "statement");
  if (relation === null) return null;
  const listed = namesOf(copy["attlist"]);
  // What is generated is copied where it is named.
  const all = relation.columns.filter((each) => !relation.generatedFrom.has(each));
  return (listed.length > 0 ? listed : all).map((column): CopySourceColumn => {
    const key = columnOf(relation, column);
    const found = masked.get(key);
    const from = nameOf(key, columns);
    if (from === null) return { name: column, origin: { kind: "hidden" } };
    if (found === undefined) return { name: column, origin: { kind: "clear", from } };
    return { name: column, origin: { kind: "masked", ...found } };
  });
}

function nameOf(column: string, { read }: ColumnMasks): OriginName | null {
  const { oid, name } = partsOfColumn(column);
  const relation = read.relations.get(Number(oid));
  const isThere = relation !== undefined && [...relation.columns.values()].includes(name);
  return isThere ? { table: relation.name, column: name } : null;
}
