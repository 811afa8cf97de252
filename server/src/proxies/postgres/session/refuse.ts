/**
 * The gateway's errors in place of the client's messages.
 *
 * Guarantees that a refused message leaves the upstream's transaction as it would if it had failed there, and that an error
 * of the upstream's that came first is the only one that the client hears.
 */

import { reservedPrefix } from "#/proxies/postgres/names.ts";
import { sessionError } from "#/proxies/postgres/present.ts";
import { backend } from "#/proxies/postgres/wire/codec.ts";
import { encodeReadyForQuery } from "#/proxies/postgres/wire/encode-backend.ts";
import { encodeParse, encodeQuery } from "#/proxies/postgres/wire/encode-frontend.ts";
import type { Mistyped } from "./mistyped/mistyped.ts";
import type { SessionParts } from "./parts.ts";
import type { Pipeline } from "./pipeline.ts";

/** In place of a simple query. Within a transaction the upstream is made to fail, as it would have. */
export function refuseQuery(
  parts: Pick<SessionParts, "dialogue" | "progress">,
  error: Buffer,
  inTransaction = false,
): void {
  const { dialogue } = parts;
  const { status } = dialogue;
  if (status === "transaction" || inTransaction) failQuery(parts, error, "");
  else dialogue.say(Buffer.concat([error, encodeReadyForQuery(status)]));
}

/** In place of a simple query that can only fail: in the transaction that it begins before, if it does. */
export function answerMistyped(
  parts: Pick<SessionParts, "dialogue" | "progress">,
  { error, begins }: Mistyped,
): void {
  if (begins === null || parts.dialogue.status !== "idle") refuseQuery(parts, error);
  else failQuery(parts, error, `${begins}; `);
}

function failQuery(
  { dialogue, progress }: Pick<SessionParts, "dialogue" | "progress">,
  error: Buffer,
  before: string,
  told: readonly number[] = [],
): void {
  const sql = `${before}rollback to savepoint "${reservedPrefix}_refused"`;
  dialogue.send("query", encodeQuery(sql), {
    errorInstead: error,
    told,
    onAnswer: (answer) => progress.ready(answer, true),
  });
}

/** In place of a simple query that ends a transaction also where it fails. */
export function refuseEnding(
  parts: Pick<SessionParts, "dialogue" | "progress">,
  error: Buffer,
  inTransaction: boolean,
): void {
  const { dialogue } = parts;
  if (dialogue.status === "idle" && !inTransaction) refuseQuery(parts, error);
  else failQuery(parts, error, "rollback; ", [backend.commandComplete]);
}

/** In place of a message of a pipeline; everything up to the Sync is then skipped, as the server does. */
export async function refuseInPipeline(
  { dialogue }: Pick<SessionParts, "dialogue">,
  pipeline: Pipeline,
  error: Buffer,
  left: "failed" | "ended" = "failed",
): Promise<void> {
  await dialogue.settled();
  // An error of the upstream came first, and the client has it.
  if (pipeline.failed) return;
  pipeline.failed = true;
  if (left === "ended" && (pipeline.inBlock || dialogue.status !== "idle")) {
    dialogue.tell("rollback", {});
  } else if (!pipeline.ran && dialogue.status !== "transaction") {
    dialogue.say(error);
    return;
  }
  const name = `${reservedPrefix}_refused`;
  const parse = encodeParse({ name, sql: "refused by countersign", parameterTypes: [] });
  dialogue.send("parse", parse, { errorInstead: error });
  dialogue.flush();
}

/** The server's own words, which the statement would have met there. */
export const failedTransaction = sessionError(
  "ERROR",
  "25P02",
  "current transaction is aborted, commands ignored until end of transaction block",
);

export const boundForLater = sessionError(
  "ERROR",
  "0A000",
  "A statement that people are asked about has to be executed right after it is bound, in the same pipeline.",
);

export const tooManyStatements = sessionError(
  "ERROR",
  "53400",
  "The session keeps too many prepared statements and portals; close some.",
);
