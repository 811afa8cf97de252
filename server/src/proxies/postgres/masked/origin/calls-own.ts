import { isSafeFunction } from "#/proxies/postgres/sql/safe-functions.ts";
import { asWritten, syntaxFunction } from "#/proxies/postgres/sql/syntax-functions.ts";
import { fieldsOf, namesOf, partOf } from "#/proxies/postgres/touched/node.ts";

/** Whether it calls a function that is not on the list of those that read nothing. */
export function callsOwn(tree: unknown, ownFunctions: ReadonlySet<string>): boolean {
  const pending: unknown[] = [tree];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (Array.isArray(at)) {
      for (const each of at as readonly unknown[]) pending.push(each);
      continue;
    }
    const fields = fieldsOf(at);
    if (fields === null) continue;
    const call = partOf(at, "FuncCall");
    if (call !== null && !isSafeCall(namesOf(call["funcname"]), ownFunctions)) return true;
    for (const [type, part] of Object.entries(fields)) {
      if (typeof part !== "object" || part === null) continue;
      if (ownFunctions.has(syntaxFunction(type, part) ?? "")) return true;
      pending.push(part);
    }
  }
  return false;
}

function isSafeCall(parts: readonly string[], ownFunctions: ReadonlySet<string>): boolean {
  const names = asWritten(parts);
  const name = names.at(-1) ?? "";
  if (telling.has(name)) return false;
  if (names.length > 1)
    return names.length === 2 && names[0] === "pg_catalog" && isSafeFunction(name);
  return isSafeFunction(name) && !ownFunctions.has(name);
}

/** They read no relation, and give what statistics or others' statements hold. */
const telling: ReadonlySet<string> = new Set([
  "pg_mcv_list_items",
  "pg_stat_get_activity",
  "pg_stat_get_backend_activity",
]);
