/**
 * Where a list goes on: only where its server has said to this agent. A cursor is a text that a server reads and nobody decides on, so an
 * agent may give back what it was given, and nothing of its own.
 */
import { hash } from "node:crypto";
import type { RequestContext } from "#/proxies/mcp/context.ts";
import { memberOf, textOf } from "#/proxies/mcp/json/json-value.ts";
import { memberIn, type ShallowObject } from "#/proxies/mcp/json/shallow.ts";
import { MessageProblem, type Request, rpcCodes } from "#/proxies/mcp/wire/codec.ts";

/** Of one agent on one connection, the latest; by digest. */
const cursorsMax = 1_024;

export function noteCursor(
  result: ShallowObject,
  { session, sessions }: Pick<RequestContext, "session" | "sessions">,
): void {
  const next = memberIn(result, "nextCursor");
  if (next === null || !next.startsWith('"')) return;
  const cursor: unknown = JSON.parse(Buffer.from(next, "latin1").toString("utf8"));
  const { cursors } = sessions.shared(session.agent, session.connection);
  const digest = digestOf(String(cursor));
  cursors.delete(digest);
  cursors.add(digest);
  for (const oldest of cursors) {
    if (cursors.size <= cursorsMax) break;
    cursors.delete(oldest);
  }
}

/** Throws a `MessageProblem`. */
export function checkCursor(
  { params, id }: Request,
  { session, sessions }: Pick<RequestContext, "session" | "sessions">,
): void {
  const given = memberOf(params, "cursor");
  if (given === null || (given.kind === "literal" && given.value === null)) return;
  const cursor = textOf(given);
  const { cursors } = sessions.shared(session.agent, session.connection);
  if (cursor !== null && cursors.has(digestOf(cursor))) return;
  const message = "The server has given no such cursor. Begin the list anew.";
  throw new MessageProblem(rpcCodes.invalidParams, message, { id });
}

function digestOf(cursor: string): string {
  return hash("sha256", cursor, "base64url");
}
