/** What is known of the relations that a statement names, and of those behind its views. */
import type { Fields } from "#/proxies/postgres/sql/tree.ts";

export interface Relation {
  readonly oid: string;
  /** `schema.name`, as the catalogue writes them. */
  readonly name: string;
  readonly isView: boolean;
  readonly columns: readonly string[];
  /** For columns that are generated: what their expressions read. */
  readonly generatedFrom: ReadonlyMap<string, readonly string[]>;
  /** What a view or a materialised view reads; null where it is none, or can't be read. */
  readonly query: Fields | null;
  /** Names of what it is a part of by inheritance, and of what is a part of it. */
  readonly kin: readonly string[];
  /** Row security lets the server look at more than the statement names. */
  readonly hasRowSecurity: boolean;
}

/** By which search path a name is looked up: the session's, or that under which the catalogue prints a view. */
export type NamedIn = "statement" | "view";

export interface Relations {
  /** `schema` is null where none is written. Null where there is no such relation. */
  named(schema: string | null, name: string, where: NamedIn): Relation | null;
}

/** A column of a relation, as one text. */
export type Column = string;

export function columnOf({ oid }: Pick<Relation, "oid">, name: string): Column {
  return `${oid} ${name}`;
}

export function partsOfColumn(column: Column): { readonly oid: string; readonly name: string } {
  const space = column.indexOf(" ");
  return { oid: column.slice(0, space), name: column.slice(space + 1) };
}
