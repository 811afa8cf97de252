/** What queries and relations give, put together; and what a part of the tree says of it. Pure. */
import type { Fields } from "#/proxies/postgres/sql/tree.ts";
import { fieldsOf, listOf, namesOf, partOf, textOf } from "./node.ts";
import type { Reading } from "./reading.ts";
import type { Column } from "./relations.ts";
import {
  columnsOf,
  noColumns,
  type Output,
  type Outputs,
  unionOfValues,
  type Value,
  workedOf,
} from "./scope.ts";
import { Unreadable } from "./unreadable.ts";

export function atPosition(
  item: unknown,
  { list, isOpen }: Outputs,
  reading: Reading,
): ReadonlySet<Column> | null {
  const constant = partOf(item, "A_Const");
  // One that names no output, as 0 and 99999999999 do, stands where another number of the same text would name one.
  if (constant !== null) reading.usesPositions = true;
  const number = fieldsOf(constant?.["ival"])?.["ival"];
  if (typeof number !== "number") return null;
  // Behind a star whose columns are not all known a number may mean any of them.
  return isOpen ? columnsOf({ list, isOpen }) : (list[number - 1]?.columns ?? noColumns);
}

export function together(left: Outputs, right: Outputs): Outputs {
  const isOpen = left.isOpen || right.isOpen;
  const isAligned = !isOpen && left.list.length === right.list.length;
  const all = isAligned ? noValue : unionOfValues(right.list);
  const list = left.list.map((output, at) => ({
    name: output.name,
    ...unionOfValues([output, isAligned ? (right.list[at] ?? noValue) : all]),
  }));
  return { list: isOpen ? [...list, { name: null, ...all }] : list, isOpen };
}

const noValue: Value = workedOf(noColumns);

export function renamed({ list, isOpen }: Outputs, names: readonly string[]): Outputs {
  return {
    list: list.map((output, at) => ({ ...output, name: names[at] ?? output.name })),
    isOpen,
  };
}

export function functionName(fields: Fields): string | null {
  const items = listOf(partOf(listOf(fields["functions"])[0], "List")?.["items"]);
  return namesOf(partOf(items[0], "FuncCall")?.["funcname"]).at(-1) ?? null;
}

export function commonNames(left: Outputs, right: Outputs): readonly string[] {
  if (left.isOpen || right.isOpen) {
    throw new Unreadable("It joins by columns whose names are not known.");
  }
  const names = new Set(right.list.map(({ name }) => name));
  return left.list.flatMap(({ name }) => (names.has(name) ? (name ?? []) : []));
}

export function mergedOutputs(
  sources: readonly Outputs[],
  names: readonly string[],
): readonly Output[] {
  const all = sources.flatMap(({ list }) => list);
  return names.map((name) => ({
    name,
    ...unionOfValues(all.filter((output) => output.name === name)),
  }));
}

/** The order of USING and NATURAL: what they merge comes first, and once. */
export function joinedStar(left: Outputs, right: Outputs, merged: readonly Output[]): Outputs {
  const rest = [...left.list, ...right.list].filter(
    ({ name }) => name === null || merged.every((each) => each.name !== name),
  );
  return { list: [...merged, ...rest], isOpen: left.isOpen || right.isOpen };
}

/** `(c).email` of a row that is called `c`: the reference that it amounts to. */
export function fieldOfRow(node: unknown): { readonly row: string; readonly name: string } | null {
  const indirection = partOf(node, "A_Indirection");
  const row = listOf(partOf(indirection?.["arg"], "ColumnRef")?.["fields"]);
  const [field, ...rest] = listOf(indirection?.["indirection"]);
  const [called, ...more] = namesOf(row);
  const name = textOf(partOf(field, "String")?.["sval"]);
  const isPlain = more.length === 0 && rest.length === 0;
  return called === undefined || name === null || !isPlain ? null : { row: called, name };
}
