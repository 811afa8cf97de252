/**
 * Has the upstream look at a text and nothing else, between two pipelines: nothing of it runs, in a transaction that is
 * read-only and undone, so that nothing is left behind. A savepoint keeps one of the client's as it is. It waits for no
 * lock, so that nobody who is to be asked is asked later because of it.
 */
import { GatewayError } from "#/core/errors.ts";
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import { reservedPrefix } from "#/proxies/postgres/names.ts";
import type { ErrorFields } from "#/proxies/postgres/wire/backend-messages.ts";
import {
  encodeClose,
  encodeParse,
  encodeQuery,
  syncFrame,
} from "#/proxies/postgres/wire/codec-frontend.ts";
import { encodeErrorResponse } from "#/proxies/postgres/wire/encode-backend.ts";

/** What the upstream says against it; null where it says nothing, or can't tell. Rejects where the upstream is lost. */
export function parseOnly(dialogue: Dialogue, sql: string): Promise<ErrorFields | null> {
  return aside(dialogue, (told) => {
    const parse = encodeParse({ name: statementName, sql, parameterTypes: [] });
    dialogue.sendOwn("parse", parse, told);
    dialogue.sendOwn("close", encodeClose("statement", statementName));
    dialogue.sendOwn("sync", syncFrame);
  });
}

/**
 * The same for a query that mentions `$1` or another parameter, of which a message of the simple protocol has none: a
 * Parse would make one up. To be explained it would have to be analysed first, and that is what it can't be.
 */
export async function analyseWithoutParameters(
  dialogue: Dialogue,
  sql: string,
): Promise<ErrorFields | null> {
  const fields = await aside(dialogue, (told) =>
    dialogue.sendOwn("query", encodeQuery(`${explained}${sql}`), told),
  );
  return fields === null ? null : moved(fields, -explained.length);
}

const explained = "explain ";
const statementName = `${reservedPrefix}_parsed`;
const savepoint = `"${reservedPrefix}_parsed"`;

/** How long it waits for a lock. */
const analysisLockMs = 50;

interface Aside {
  readonly begin: string;
  readonly end: string;
}

const quick = `set local lock_timeout = ${analysisLockMs}`;
const alone: Aside = { begin: `begin read only; ${quick}`, end: "rollback and no chain" };
/** A serializable transaction's first snapshot is taken before the mode is set, as for a read (`read-lock.ts`). */
const within: Aside = {
  begin: `select; savepoint ${savepoint}; set transaction read only; ${quick}`,
  end: `rollback to savepoint ${savepoint}; release savepoint ${savepoint}`,
};

/** What it says because of how it is asked: a lock that others hold, a check that would write. */
const ofAsking: readonly string[] = ["25006", "55P03"];

interface Told {
  readonly onError: (fields: ErrorFields) => void;
}

async function aside(dialogue: Dialogue, send: (told: Told) => void): Promise<ErrorFields | null> {
  const { begin, end } = dialogue.status === "transaction" ? within : alone;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let found: ErrorFields | null = null;
  const told: Told = {
    onError: (fields) => {
      found ??= fields;
    },
  };
  const onLost = (cause: Error) =>
    reject(new GatewayError("upstream.unreachable", "The upstream was lost.", { cause }));
  dialogue.sendOwn("query", encodeQuery(begin), told);
  send(told);
  dialogue.sendOwn("query", encodeQuery(end), { onLost, onAnswer: () => resolve() });
  await promise;
  return saysNothing(found) ? null : found;
}

function saysNothing(found: ErrorFields | null): boolean {
  return found === null || ofAsking.includes(found.code ?? "");
}

/** As it would be with `before` characters more, or less, in front of the text. */
export function moved(fields: ErrorFields, before: number): ErrorFields {
  const { position } = fields;
  return position === undefined
    ? fields
    : { ...fields, position: String(Number(position) + before) };
}

export function errorOf(fields: ErrorFields): Buffer {
  const { severity = "ERROR", code = "XX000", message = "" } = fields;
  return encodeErrorResponse({ ...fields, severity, code, message });
}
