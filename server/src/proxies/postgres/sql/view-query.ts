/** The query of a CREATE VIEW, which is the first thing that the server looks at in it: names, types and all. */
import type { RawStmt } from "libpg-query";
import { highestParameter } from "./parameters.ts";
import { tokenize } from "./sql-tokens.ts";

/** With blanks in place of what stands before it, so that an error points to the same character. Null where it can't be told apart. */
export function viewQuery(sql: string, trees: readonly RawStmt[]): string | null {
  const [only, more] = trees;
  if (only?.stmt === undefined || more !== undefined || !("ViewStmt" in only.stmt)) return null;
  const { withCheckOption = "NO_CHECK_OPTION" } = only.stmt.ViewStmt;
  if (withCheckOption !== "NO_CHECK_OPTION" || highestParameter(trees) > 0) return null;
  const bytes = Buffer.from(sql, "utf8");
  const start = queryStart(bytes);
  if (start === null) return null;
  const before = Array.from(bytes.toString("utf8", 0, start)).length;
  return " ".repeat(before) + bytes.toString("utf8", start);
}

/** Behind the first AS that is in no brackets. RECURSIVE makes another query of it. */
function queryStart(bytes: Buffer): number | null {
  const { kinds, starts, ends } = tokenize(bytes);
  let depth = 0;
  for (const [at, kind] of kinds.entries()) {
    const text = bytes.toString("latin1", starts[at], ends[at]).toLowerCase();
    if (kind === "punctuation" && text === "(") depth += 1;
    if (kind === "punctuation" && text === ")") depth -= 1;
    if (kind !== "word" || depth > 0) continue;
    if (text === "recursive") return null;
    if (text === "as") return ends[at] ?? null;
  }
  return null;
}
