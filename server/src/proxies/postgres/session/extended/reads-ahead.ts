/** Whether what is there of a pipeline up to its Sync or Flush executes only what asks. */

import { keepsReadOnly, showsOwnDefault } from "#/proxies/postgres/session/lockable.ts";
import type { SessionParts } from "#/proxies/postgres/session/parts.ts";
import type { Classified } from "#/proxies/postgres/sql/facts.ts";
import type { Received } from "#/proxies/postgres/wire/inbox.ts";

export function onlyReads(
  received: readonly Received[],
  { knowledge, statements }: Pick<SessionParts, "knowledge" | "statements">,
): boolean {
  const last = received.at(-1)?.message.kind;
  if (last !== "sync" && last !== "flush") return false;
  const parsed = new Map<string, Classified>();
  const prepared = (name: string) => {
    const known = statements.statement(name)?.classified;
    return known === undefined ? undefined : knowledge.expand(known);
  };
  return received.every(({ message }) => {
    switch (message.kind) {
      case "query":
      case "function_call":
        return false;
      case "parse": {
        const classified = knowledge.classify(message.sql);
        parsed.set(message.name, classified);
        return readsAlone(classified);
      }
      case "bind": {
        const classified = parsed.get(message.statement) ?? prepared(message.statement);
        return classified !== undefined && readsAlone(classified);
      }
      default:
        return true;
    }
  });
}

function readsAlone(classified: Classified): boolean {
  return keepsReadOnly(classified) && !showsOwnDefault(classified);
}
