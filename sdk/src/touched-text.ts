/** What a read touches, in words. Of what others call things: made visible by whoever shows it. */
import type { Touched } from "./wire/effect.ts";

export type TouchedRelation = NonNullable<Touched["relations"]>[number];

/** One line: `public.customers: email (sensitive), id and 3 more`. */
export function relationText({ name, isView, columns, columnsMore }: TouchedRelation): string {
  const named = columns.map((column) => `${column.name}${column.sensitive ? " (sensitive)" : ""}`);
  const list = named.length === 0 ? "no column of its own" : named.join(", ");
  const more = columnsMore === 0 ? "" : ` and ${columnsMore} more`;
  return `${name}${isView ? " (view)" : ""}: ${list}${more}`;
}

/** What stands beside the relations, in sentences; empty where there is nothing more to say. */
export function besidesText({ relations, relationsMore, besides }: Touched): string {
  if (relations === null) return `It is not known what it touches. ${besides.join(" ")}`.trim();
  const none = relations.length === 0 ? ["It touches no relation."] : [];
  const more =
    relationsMore === 0
      ? []
      : [`${relationsMore} more ${relationsMore === 1 ? "relation" : "relations"}.`];
  return [...none, ...more, ...besides].join(" ");
}

export function touchesSensitive({ relations }: Touched): boolean {
  return (relations ?? []).some(({ columns }) => columns.some(({ sensitive }) => sensitive));
}
