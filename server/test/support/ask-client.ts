/** Questions to a database as the gateway's own are: text in, text out. */
import type { Client } from "pg";
import type { Ask } from "#/proxies/postgres/ask.ts";

export function askClient(client: Client): Ask {
  return async (sql, parameters = []) => {
    const { rows } = await client.query({ text: sql, values: [...parameters], rowMode: "array" });
    return (rows as readonly (readonly unknown[])[]).map((row) => row.map(textOf));
  };
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean") return value ? "t" : "f";
  return typeof value === "string" ? value : JSON.stringify(value);
}
