/**
 * A reviewer's edit in place of a statement that the client has parsed, perhaps described, and bound.
 *
 * The client decodes the answer by what it was told of its own statement, perhaps long ago, and its binary
 * values mean what they meant there. So an edit has to return the same columns, and binary values keep their
 * types: that is asked of the upstream right before it is sent, and nothing of it runs otherwise.
 */
import type { Parameter } from "#/core/action.ts";
import {
  type Description,
  describePrepared,
  describeText,
} from "#/proxies/postgres/dialogue/describe.ts";
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import type { Sent } from "#/proxies/postgres/dialogue/sent.ts";
import { reservedPrefix } from "#/proxies/postgres/names.ts";
import type { Portal } from "#/proxies/postgres/prepared/prepared.ts";
import { sessionError, sqlstates } from "#/proxies/postgres/present.ts";
import type { EditedStatement, Statement } from "#/proxies/postgres/session/proposal/proposed.ts";
import { encodeBind, encodeClose, encodeParse } from "#/proxies/postgres/wire/encode-frontend.ts";

/** Left behind when it has run; the next edit of the session takes its place. */
const editName = `${reservedPrefix}_edit`;

export interface Misfit {
  readonly why: string;
  /** The upstream itself refused it, and with it whatever transaction it is in. */
  readonly sqlstate: string | null;
}

/** Why the edit can't run in place of the statement that is bound to this portal; null if it can. */
export async function misfitOf(
  dialogue: Dialogue,
  portal: Portal,
  edit: Statement,
): Promise<Misfit | null> {
  const bind = bindOf(portal);
  if (bind === null) return { why: "The statement is bound already.", sqlstate: null };
  const types = edit.parameters.map(({ type }) => type);
  const [own, other] = await Promise.all([
    describePrepared(dialogue, bind.statement),
    describeText(dialogue, edit.command, types),
  ]);
  if (own.kind === "failed") return refusedByUpstream("The client's own statement", own.sqlstate);
  if (other.kind === "failed") return refusedByUpstream("The edited command", other.sqlstate);
  if (columnsOf(own) !== columnsOf(other)) {
    const why =
      "It returns other columns than the client was told of. Keep their names, types and order, or ask for changes.";
    return { why, sqlstate: null };
  }
  const isMoved = ({ format }: Parameter, index: number) =>
    format === "binary" && own.parameterTypes[index] !== other.parameterTypes[index];
  const moved = edit.parameters.findIndex(isMoved);
  if (moved === -1) return null;
  return { why: `$${moved + 1} is a binary value, and is of another type there.`, sqlstate: null };
}

/** The same for a message of its own, of which the client expects nothing. */
export async function misfitOfMessage(
  dialogue: Dialogue,
  { command, classified }: Statement,
): Promise<Misfit | null> {
  // Only one statement can be looked at without running it.
  if (classified.statements.length !== 1) return null;
  const described = await describeText(dialogue, command, []);
  return described.kind === "failed"
    ? refusedByUpstream("The edited command", described.sqlstate)
    : null;
}

/** The upstream's own words may quote data. */
function refusedByUpstream(what: string, sqlstate: string): Misfit {
  return { why: `${what} is refused by the database (SQLSTATE ${sqlstate}).`, sqlstate };
}

function columnsOf({ columns }: Extract<Description, { kind: "described" }>): string {
  return JSON.stringify(
    columns.map(({ name, typeOid, typeModifier }) => [name, typeOid, typeModifier]),
  );
}

/** Parses the edit under a name of the gateway's, and binds it to the client's portal, in the client's formats. */
export function bindEdit(
  dialogue: Dialogue,
  { name, portal }: { readonly name: string; readonly portal: Portal },
  edit: EditedStatement,
  sent: Sent,
): void {
  const bind = bindOf(portal);
  if (bind === null) throw new Error("an edit is bound where the client's statement is not yet");
  const { command: sql, parameters } = edit;
  const parameterTypes = parameters.map(({ type }) => type);
  const errorInstead = editError({ why: "The database refuses it.", sqlstate: null }, edit);
  dialogue.sendOwn("close", encodeClose("statement", editName), sent);
  const parse = encodeParse({ name: editName, sql, parameterTypes });
  dialogue.sendOwn("parse", parse, { ...sent, errorInstead });
  const rebind = encodeBind({
    portal: name,
    statement: editName,
    parameterFormats: parameters.map(({ format }) => (format === "binary" ? 1 : 0)),
    parameters: parameters.map(({ bytes }) =>
      bytes === null ? null : Buffer.from(bytes, "base64"),
    ),
    resultFormats: bind.resultFormats,
  });
  dialogue.send("bind", rebind, sent);
  for (const { message, bytes } of portal.deferred) {
    if (message.kind === "describe") dialogue.send("describe", bytes, sent);
  }
}

/** What the client hears where the edit, which was approved in place of its statement, could not run. */
export function editError({ why, sqlstate }: Misfit, { failedDetail }: EditedStatement): Buffer {
  const message = `A reviewer put an edited statement in place of this one, and it could not run. ${why}`;
  return sessionError("ERROR", sqlstate ?? sqlstates.override_failed, message, failedDetail);
}

function bindOf({ deferred }: Portal) {
  const bind = deferred[0]?.message;
  return bind?.kind === "bind" ? bind : null;
}
