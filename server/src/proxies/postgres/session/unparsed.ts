/**
 * A text that the gateway's grammar does not accept: most often somebody has mistyped it, and the upstream would not
 * accept it either. Then nobody is asked about it: the client hears the upstream's own syntax error.
 *
 * The upstream is asked by a Parse of that text behind `select;`. It reads a message whole before it looks at any part
 * of it, and refuses to prepare two statements as one as soon as it has read them: whatever the text is, nothing of it
 * is analysed, let alone run, and nothing is left behind. An error that points into the text is that of its grammar; any
 * other answer means that the upstream can read what the gateway can't, and people are asked.
 */
import { GatewayError } from "#/core/errors.ts";
import type { Dialogue } from "#/proxies/postgres/dialogue.ts";
import { refusalError } from "#/proxies/postgres/present.ts";
import { reservedPrefix } from "#/proxies/postgres/statements.ts";
import { type ErrorFields, encodeErrorResponse } from "#/proxies/postgres/wire/codec-backend.ts";
import { encodeClose, encodeParse, syncFrame } from "#/proxies/postgres/wire/codec-frontend.ts";
import type { SessionParts } from "./parts.ts";
import type { Statement } from "./proposed.ts";

/**
 * The error in place of a simple query between two pipelines that is outside the gateway's grammar, or null where people are asked about it. It is on
 * record before the client hears of it.
 */
export async function refusedByGrammar(
  { dialogue, proposer }: Pick<SessionParts, "dialogue" | "proposer">,
  statement: Statement,
): Promise<Buffer | null> {
  const { command } = statement;
  // What policy denies is not sent ahead.
  if (proposer.denies(statement)) return null;
  const found = await findSyntaxError(dialogue, command);
  if (found === null) return null;
  const refusal = await proposer.refuse(command, notSql);
  return refusal.code === "recording_failed" ? refusalError(refusal) : found;
}

const notSql = "The database's own grammar does not accept it.";

/** Leaves the client's transaction as it is. Rejects where the upstream is lost. */
async function findSyntaxError(dialogue: Dialogue, sql: string): Promise<Buffer | null> {
  if (dialogue.status !== "transaction") return inText(await parseBehind(dialogue, sql));
  await dialogue.ask(`savepoint ${savepoint}`);
  const fields = await parseBehind(dialogue, sql);
  await dialogue.ask(`rollback to savepoint ${savepoint}`);
  await dialogue.ask(`release savepoint ${savepoint}`);
  return inText(fields);
}

const savepoint = `${reservedPrefix}_parsed`;
const statementName = `${reservedPrefix}_parsed`;
const before = "select;";

/** What the upstream says against it; null where it says nothing. */
async function parseBehind(dialogue: Dialogue, sql: string): Promise<ErrorFields | null> {
  const { promise, resolve, reject } = Promise.withResolvers<ErrorFields | null>();
  let fields: ErrorFields | null = null;
  const onLost = (cause: Error) =>
    reject(new GatewayError("upstream.unreachable", "The upstream was lost.", { cause }));
  const parse = encodeParse({ name: statementName, sql: `${before}${sql}`, parameterTypes: [] });
  dialogue.sendOwn("parse", parse, {
    onLost,
    onError: (error) => {
      fields = error;
    },
  });
  // Only where the text is no statement at all is there something to close.
  dialogue.sendOwn("close", encodeClose("statement", statementName));
  dialogue.sendOwn("sync", syncFrame, { onLost, onAnswer: () => resolve(fields) });
  return promise;
}

/** The upstream's error as it would be without what stands before, if it is one of the text's own. */
function inText(fields: ErrorFields | null): Buffer | null {
  const position = Number(fields?.position ?? 0) - before.length;
  if (fields === null || !(position > 0)) return null;
  const { severity = "ERROR", code = "42601", message = "syntax error" } = fields;
  return encodeErrorResponse({ ...fields, severity, code, message, position: String(position) });
}
