/** What a statement speaks of, put together from the grammar's trees. */
import type { Node, ObjectType, RangeVar, RoleSpec } from "libpg-query";
import { type ObjectAddress, objectAddress, roleAddress } from "./object-address.ts";
import { stringsOf } from "./tree.ts";

/** Any function of a name, whatever its arguments are. */
export interface AnyFunction {
  readonly word: "a function" | "a procedure" | "an aggregate";
  readonly names: readonly string[];
}

export interface NamedObjects {
  readonly addresses: readonly ObjectAddress[];
  readonly anyFunction: AnyFunction | null;
  /** Where the server says something else first. */
  readonly within: "anywhere" | "own transaction" | "client's transaction";
  /** The role has to have it, or the server says so first. */
  readonly right: "none" | "createrole";
  /** How the server calls a relation of that name, where it is not simply a relation. */
  readonly relation: { readonly word: string; readonly code: string } | null;
}

/** Objects of one statement that are looked up. */
const addressesMax = 50;

export function ofRelation(relation: RangeVar | undefined): NamedObjects | null {
  const { catalogname, schemaname, relname } = relation ?? {};
  if (relname === undefined || catalogname !== undefined) return null;
  const names = schemaname === undefined ? [relname] : [schemaname, relname];
  return known([{ type: "table", names, args: [] }]);
}

export function ofObject(
  type: ObjectType | undefined,
  object: Node | undefined,
): NamedObjects | null {
  if (
    object !== undefined &&
    "ObjectWithArgs" in object &&
    object.ObjectWithArgs.args_unspecified
  ) {
    const word = anyFunctions[type ?? ""];
    const names = stringsOf(object.ObjectWithArgs.objname);
    return word === undefined ? null : { ...known([]), anyFunction: { word, names } };
  }
  const address = objectAddress(type, object);
  return address === null ? null : known([address]);
}

const anyFunctions: Readonly<Record<string, AnyFunction["word"]>> = {
  OBJECT_AGGREGATE: "an aggregate",
  OBJECT_FUNCTION: "a function",
  OBJECT_PROCEDURE: "a procedure",
  OBJECT_ROUTINE: "a function",
};

export function byName(type: string, name: string | undefined): NamedObjects | null {
  return name === undefined ? null : known([{ type, names: [name], args: [] }]);
}

export function onlyRoles(specs: readonly (RoleSpec | undefined)[]): NamedObjects {
  return known(roles(specs));
}

/** Those that are named: PUBLIC and CURRENT_USER are there. */
export function roles(specs: readonly (RoleSpec | undefined)[]): readonly ObjectAddress[] {
  return specs.flatMap((spec) =>
    spec?.roletype === "ROLESPEC_CSTRING" ? [roleAddress(spec.rolename)] : [],
  );
}

export function rolesOf(nodes: readonly Node[] | undefined): readonly RoleSpec[] {
  return (nodes ?? []).flatMap((node) => ("RoleSpec" in node ? [node.RoleSpec] : []));
}

export function known(addresses: readonly ObjectAddress[]): NamedObjects {
  return {
    addresses: addresses.slice(0, addressesMax),
    anyFunction: null,
    within: "anywhere",
    right: "none",
    relation: null,
  };
}

export function given(
  named: NamedObjects | null,
  more: Partial<NamedObjects>,
): NamedObjects | null {
  return named === null ? null : { ...named, ...more };
}

export function before(
  first: readonly ObjectAddress[],
  then: NamedObjects | null,
): NamedObjects | null {
  return then === null || then.addresses.length === 0
    ? known(first)
    : { ...then, addresses: [...first, ...then.addresses] };
}

export function rangeOf(node: Node | undefined): RangeVar | undefined {
  return node !== undefined && "RangeVar" in node ? node.RangeVar : undefined;
}
