/** What a message runs by name, as text: EXECUTE of what was prepared, and FETCH from a portal that has not run. */
import type { Parameter } from "#/core/action.ts";
import { type Classified, runsByName } from "#/proxies/postgres/sql/facts.ts";
import type { Portal, Prepared } from "./prepared.ts";

/** More text than this is not run by name in one message. */
export const namedCharsMax = 16 * 1024 * 1024;

export interface RunByName {
  readonly named: readonly Named[];
  /** False where there is more than `namedCharsMax` takes. */
  readonly isWhole: boolean;
}

interface Named {
  readonly text: string;
  readonly parameters: readonly Parameter[];
}

/** What has these names on a session. */
export interface Holders {
  readonly statement: (name: string) => Prepared | undefined;
  readonly portal: (name: string) => Portal | undefined;
}

/** Each once, as comments. */
export function textsByName(classified: Classified, holders: Holders): RunByName {
  return runsByName(classified) ? gather(classified, holders) : nothing;
}

const nothing: RunByName = { named: [], isWhole: true };

function gather({ statements }: Classified, holders: Holders): RunByName {
  const named = new Map<string, Named>();
  let chars = 0;
  for (const { kind, name, executes } of statements) {
    const isPortal = executes === null && kind === "fetch" && name !== null;
    const key = `${isPortal ? "fetch" : "execute"} ${executes ?? name ?? ""}`;
    if ((executes === null && !isPortal) || named.has(key)) continue;
    const found = isPortal ? ofPortal(name, holders) : ofStatement(executes ?? "", holders);
    if (found === null) continue;
    chars += found.text.length;
    if (chars > namedCharsMax) return { named: [...named.values()], isWhole: false };
    named.set(key, found);
  }
  return { named: [...named.values()], isWhole: true };
}

function ofStatement(name: string, { statement }: Holders): Named | null {
  const sql = statement(name)?.sql;
  return sql === undefined ? null : { text: asComment(name, sql), parameters: [] };
}

function ofPortal(name: string, { portal }: Holders): Named | null {
  const found = portal(name);
  if (found === undefined || found.executed) return null;
  return { text: asComment(name, found.statement.sql), parameters: found.parameters };
}

function asComment(name: string, sql: string): string {
  const lines = `${name} is:\n${sql}`.split(/\r\n|[\n\r]/);
  return lines.map((line) => `-- ${line}`).join("\n");
}
