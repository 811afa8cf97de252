/** A gateway whose rules limit statements to two rows, over a table of three. */
import assert from "node:assert/strict";
import type { BackendMessage } from "#/proxies/postgres/wire/backend-messages.ts";
import { encodeDescribe, encodeExecute } from "#/proxies/postgres/wire/encode-frontend.ts";

import { bind, parse } from "./extended-messages.ts";
import { inShort, toldBy } from "./wire-client.ts";

/** Everything that has rows runs, two of them at a time. */
export const twoRows = `
  @id("two-rows") @max_rows("2") @reason("Two rows.")
  permit (principal, action in Countersign::Action::"sql", resource);
  @id("the-rest-runs") @review("1 of dba")
  permit (principal, action, resource) unless { action in Countersign::Action::"sql" };`;

export const all = "select id, name from items order by id";

export const untouched = ["1,a", "2,b", "3,c"];

export function errorOf(messages: readonly BackendMessage[]) {
  const found = messages.find((message) => message.kind === "error_response");
  assert(found?.kind === "error_response", inShort(messages).join(" | "));
  return { ...found.fields, told: toldBy(found) };
}

export function bound(
  sql: string,
  { rowsMax = 0, name = "" }: { readonly rowsMax?: number; readonly name?: string } = {},
): readonly Buffer[] {
  return [parse(sql), bind([], name), encodeDescribe("portal", name), encodeExecute(name, rowsMax)];
}
