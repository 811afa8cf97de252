/**
 * A transaction of the gateway's own around one statement of the client's, so that it can be undone.
 *
 * Guarantees that it is over when the client's next message is taken, however that went.
 */
import assert from "node:assert/strict";
import { errorsOnly } from "#/proxies/postgres/reply/limited.ts";
import type { SessionParts } from "#/proxies/postgres/session/parts.ts";
import type { TransactionStatus } from "#/proxies/postgres/wire/backend-messages.ts";
import { encodeReadyForQuery } from "#/proxies/postgres/wire/encode-backend.ts";
import { encodeQuery } from "#/proxies/postgres/wire/encode-frontend.ts";
import { type Ending, sendAwaited } from "./send-awaited.ts";

/** Whether there is a transaction of the gateway's own, and somebody for whom to run something in it. */
export async function beginOwn(parts: SessionParts): Promise<boolean> {
  const { dialogue, isOver } = parts;
  const begun = await sendAwaited(parts, "query", {
    bytes: encodeQuery("begin"),
    passing: errorsOnly,
  });
  if (begun.kind !== "answered") return false;
  if (begun.answer.error !== null) {
    // By a timeout that the client has set for its statements: it is the client's to hear.
    sayReady(parts, null, "idle");
    return false;
  }
  assert(dialogue.status === "transaction", "what follows could not be undone");
  if (!isOver()) return true;
  await endTransaction(parts, "rollback");
  return false;
}

/** Where the COMMIT fails, by a check that waited for it, its error passes: it is the statement's. */
export async function endTransaction(
  parts: SessionParts,
  how: "commit" | "rollback",
): Promise<Ending> {
  const ending = await sendAwaited(parts, "query", {
    bytes: encodeQuery(how),
    passing: errorsOnly,
  });
  let last = ending;
  // Refused before it began, by a timeout or a cancel request. What stays open would be taken for the client's own.
  while (last.kind === "answered" && last.answer.status !== "idle") {
    last = await sendAwaited(parts, "query", {
      bytes: encodeQuery("rollback"),
      passing: errorsOnly,
    });
  }
  return last.kind === "answered" ? ending : last;
}

/** What is said last of a simple query: its error, if there is one, and that the next may come. */
export function sayReady(
  { dialogue }: SessionParts,
  bytes: Buffer | null,
  status: TransactionStatus,
): void {
  dialogue.say(Buffer.concat([bytes ?? Buffer.alloc(0), encodeReadyForQuery(status)]));
}
