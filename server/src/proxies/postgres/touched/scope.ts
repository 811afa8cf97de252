/** Which names stand for what at a place in a statement, and the columns behind a name. Pure. */
import { listOf, namesOf, partOf } from "./node.ts";
import type { Column, NamedIn } from "./relations.ts";
import { Unreadable } from "./unreadable.ts";

/** What a query or a relation gives under a name; null: it may be called anything. */
export interface Output extends Value {
  readonly name: string | null;
}

/** Where a value comes from. */
export interface Value {
  readonly columns: ReadonlySet<Column>;
  /** Those of them of which the statement makes it, by an expression. Without any it is that of one of its columns, as it is. */
  readonly worked: ReadonlySet<Column>;
  /** A view makes it of columns behind it, or it is a column that is generated from others. */
  readonly isDerived: boolean;
}

export interface Outputs {
  readonly list: readonly Output[];
  /** There may be more of them, whose names and number are not known: those of a function. They have one entry, without a name. */
  readonly isOpen: boolean;
}

export interface Source extends Outputs {
  readonly alias: string | null;
  /** As it is written, where it is a relation without an alias. */
  readonly relation: { readonly schema: string | null; readonly name: string } | null;
}

/** What stands in FROM: under their names, and in the order in which a star takes their columns. */
export interface FromItems {
  readonly sources: readonly Source[];
  readonly star: Outputs;
}

export interface Scope extends FromItems {
  readonly outer: Scope | null;
  /** Of WITH; null: it is written later, where it is not read yet. */
  readonly queries: ReadonlyMap<string, Outputs | null>;
  readonly where: NamedIn;
}

export const noColumns: ReadonlySet<Column> = new Set();
export const noOutputs: Outputs = { list: [], isOpen: false };

/** For what stands by itself: nothing is in reach. */
export function topScope(where: NamedIn): Scope {
  return { sources: [], star: noOutputs, outer: null, queries: new Map(), where };
}

/** Within another, with nothing in FROM yet. */
export function innerScope(outer: Scope): Scope {
  return { ...outer, sources: [], star: noOutputs, outer };
}

export function withItems(scope: Scope, { sources, star }: FromItems): Scope {
  return {
    ...scope,
    sources: [...scope.sources, ...sources],
    star: {
      list: [...scope.star.list, ...star.list],
      isOpen: scope.star.isOpen || star.isOpen,
    },
  };
}

/** What is made of these columns, whichever it is. */
export function workedOf(columns: ReadonlySet<Column>): Value {
  return { columns, worked: columns, isDerived: false };
}

export function unionOfValues(values: readonly Value[]): Value {
  return {
    columns: union(values.map(({ columns }) => columns)),
    worked: union(values.map(({ worked }) => worked)),
    isDerived: values.some(({ isDerived }) => isDerived),
  };
}

export function union(sets: Iterable<ReadonlySet<Column>>): ReadonlySet<Column> {
  const all = new Set<Column>();
  for (const set of sets) for (const column of set) all.add(column);
  return all;
}

export function columnsOf({ list }: Outputs): ReadonlySet<Column> {
  return union(list.map(({ columns }) => columns));
}

/** What is in every table besides its columns. */
const systemColumns: ReadonlySet<string> = new Set([
  "cmax",
  "cmin",
  "ctid",
  "tableoid",
  "xmax",
  "xmin",
]);

/** What a reference in an expression stands for, be it a column, a whole row or all rows of what is in reach. */
export function resolve(fields: unknown, scope: Scope): ReadonlySet<Column> {
  const names = namesOf(fields);
  const hasStar = listOf(fields).some((field) => partOf(field, "A_Star") !== null);
  const [first = "", ...rest] = names;
  if (hasStar) {
    return names.length === 0
      ? union(scope.sources.map(columnsOf))
      : columnsOf(sourceOf(names, scope));
  }
  if (rest.length === 0) return resolveAlone(first, scope);
  const name = names.at(-1) ?? "";
  return columnIn(sourceOf(names.slice(0, -1), scope), name);
}

/** The value of a column, where a reference is nothing else; null for rows, and for what could be something else. */
export function resolveValue(fields: unknown, scope: Scope): Value | null {
  const names = namesOf(fields);
  if (names.length !== listOf(fields).length) return null;
  const name = names.at(-1) ?? "";
  if (names.length > 1) {
    const named = findSource(names.slice(0, -1), scope)?.list.filter((each) => each.name === name);
    return named === undefined || named.length === 0 ? null : unionOfValues(named);
  }
  for (let at: Scope | null = scope; at !== null; at = at.outer) {
    const outputs = at.sources.flatMap(({ list }) => list);
    const named = outputs.filter((output) => output.name === name);
    if (named.length > 0) return unionOfValues(named);
    if (outputs.some((output) => output.name === null)) return null;
  }
  return null;
}

/** `(row).field`, where the row is called so or is the value of a column. */
export function resolveField(row: string, field: string, scope: Scope): ReadonlySet<Column> {
  const source = findSource([row], scope);
  return source === null ? resolveAlone(row, scope) : columnIn(source, field);
}

/** As the server: a column of the innermost query that has one; and else the row of what is called so. */
function resolveAlone(name: string, scope: Scope): ReadonlySet<Column> {
  const found: ReadonlySet<Column>[] = [];
  let isFree = false;
  for (let at: Scope | null = scope; at !== null; at = at.outer) {
    const having = at.sources.filter(({ list }) => list.some((output) => output.name === name));
    const unnamed = at.sources.flatMap(({ list }) => list.filter((output) => output.name === null));
    found.push(...having.map((source) => columnIn(source, name)));
    // It may be one whose name is not known, or one further out.
    if (having.length > 0) return union(found);
    found.push(...unnamed.map(({ columns }) => columns));
    isFree ||= unnamed.length > 0 || at.sources.some(({ isOpen }) => isOpen);
  }
  const row = findSource([name], scope);
  if (row !== null) return union([...found, columnsOf(row)]);
  if (isFree || systemColumns.has(name)) return union(found);
  throw new Unreadable("A name in it could not be traced to a column.");
}

/** What is no column of it hands the row to a function that is written like a column. */
function columnIn(source: Source, name: string): ReadonlySet<Column> {
  const named = source.list.filter((output) => output.name === name);
  if (named.length > 0) return union(named.map(({ columns }) => columns));
  // Also under the name of a system column: a function gives columns of any name.
  if (source.isOpen || source.list.some((output) => output.name === null)) return columnsOf(source);
  if (systemColumns.has(name)) return noColumns;
  throw new Unreadable("It calls a function that is written like a column.");
}

function sourceOf(names: readonly string[], scope: Scope): Source {
  const source = findSource(names, scope);
  if (source === null) throw new Unreadable("A name in it could not be traced to a relation.");
  return source;
}

/** `alias`, or `schema.name`, or with the database before it. */
function findSource(names: readonly string[], scope: Scope): Source | null {
  const name = names.at(-1) ?? "";
  const schema = names.at(-2) ?? null;
  for (let at: Scope | null = scope; at !== null; at = at.outer) {
    const found = at.sources.find(({ alias, relation }) =>
      schema === null
        ? (alias ?? relation?.name) === name
        : alias === null && relation?.name === name && (relation.schema ?? schema) === schema,
    );
    if (found !== undefined) return found;
  }
  return null;
}
