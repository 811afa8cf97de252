/**
 * The types whose values are shown, masked: what they hold can be read as text, number or document. Closed: of every
 * other, bytes and search vectors among them, the length alone is shown.
 */
import type { TargetColumn } from "./sample-target.ts";

export function isShown({ typeName, isEnum }: Pick<TargetColumn, "typeName" | "isEnum">): boolean {
  return (
    isEnum || shown.has(typeName) || (typeName.endsWith("[]") && arrays.has(typeName.slice(0, -2)))
  );
}

/** Under which type the recognizers look at it. What could hold digits that tell is looked at as digits. */
export function readAs(typeName: string): string {
  return typeName === "float4" || typeName === "float8" ? "numeric" : typeName;
}

const arrays: ReadonlySet<string> = new Set(
  "bool int2 int4 int8 numeric text varchar bpchar uuid date".split(" "),
);

const shown: ReadonlySet<string> = new Set([
  ...arrays,
  ..."float4 float8 name time timetz timestamp timestamptz interval json jsonb inet cidr macaddr macaddr8".split(
    " ",
  ),
]);
