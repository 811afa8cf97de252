/**
 * Has the upstream look at a text and nothing else, between two pipelines: nothing of it runs, in a transaction that is
 * read-only and undone, so that nothing is left behind. A savepoint keeps one of the client's as it is. It waits for no
 * lock, so that nobody who is to be asked is asked later because of it.
 */
import { GatewayError } from "#/core/errors.ts";
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import type { OwnStatement } from "#/proxies/postgres/dialogue/own-exchange.ts";
import { ignore } from "#/proxies/postgres/dialogue/sent.ts";
import { reservedPrefix } from "#/proxies/postgres/names.ts";
import type { ErrorFields } from "#/proxies/postgres/wire/backend-messages.ts";
import { encodeErrorResponse } from "#/proxies/postgres/wire/encode-backend.ts";
import {
  encodeClose,
  encodeParse,
  encodeQuery,
  syncFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";

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

/**
 * Asks one after the other, up to the first that fails. By the extended protocol alone: a simple query would take what the client has
 * parsed without a name.
 */
export async function askAside(
  dialogue: Dialogue,
  questions: readonly Omit<OwnStatement, "number">[],
): Promise<ErrorFields | null> {
  const { begin, end } = dialogue.status === "transaction" ? within : alone;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let found: ErrorFields | null = null;
  const onError = (fields: ErrorFields) => {
    found ??= fields;
  };
  const onLost = (cause: Error) => reject(lost(cause));
  const over = () => resolve();
  for (const sql of begin) dialogue.tell(sql, { onError });
  // What an older or another server does not know fails as it is parsed, and tells nothing.
  for (const { sql, parameters } of questions) dialogue.tell(sql, { onError }, parameters);
  for (const sql of end)
    dialogue.tell(sql, { onLost, onAnswer: sql === end.at(-1) ? over : ignore });
  await promise;
  return saysNothing(found) ? null : found;
}

const explained = "explain ";
const statementName = `${reservedPrefix}_parsed`;
const savepoint = `"${reservedPrefix}_parsed"`;

/** How long it waits for a lock. */
const analysisLockMs = 50;

interface Aside {
  readonly begin: readonly string[];
  readonly end: readonly string[];
}

const quick = `set local lock_timeout = ${analysisLockMs}`;
const alone: Aside = { begin: ["begin read only", quick], end: ["rollback and no chain"] };
/** A serializable transaction's first snapshot is taken before the mode is set, as for a read (`read-lock.ts`). */
const within: Aside = {
  begin: ["select", `savepoint ${savepoint}`, "set transaction read only", quick],
  end: [`rollback to savepoint ${savepoint}`, `release savepoint ${savepoint}`],
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
  const onLost = (cause: Error) => reject(lost(cause));
  dialogue.sendOwn("query", encodeQuery(begin.join("; ")), told);
  send(told);
  dialogue.sendOwn("query", encodeQuery(end.join("; ")), { onLost, onAnswer: () => resolve() });
  await promise;
  return saysNothing(found) ? null : found;
}

function lost(cause: Error): GatewayError {
  return new GatewayError("upstream.unreachable", "The upstream was lost.", { cause });
}

function saysNothing(found: ErrorFields | null): boolean {
  return found === null || ofAsking.includes(found.code ?? "");
}

/** Every byte of UTF-8 that does not go on with a character begins one. */
export function charactersOf(bytes: Buffer, end: number): number {
  return bytes.subarray(0, end).reduce((sum, byte) => ((byte & 0xc0) === 0x80 ? sum : sum + 1), 0);
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
