/** The gateway's own questions to an upstream session, put between the client's messages. */
export type Ask = (sql: string, parameters?: readonly string[]) => Promise<readonly AskedRow[]>;

/** Text values; null is SQL's NULL. */
export type AskedRow = readonly (string | null)[];

/** A PostgreSQL array of text, for a parameter. */
export function textArray(items: readonly string[]): string {
  return `{${items.map((item) => `"${item.replaceAll(/["\\]/g, "\\$&")}"`).join(",")}}`;
}
