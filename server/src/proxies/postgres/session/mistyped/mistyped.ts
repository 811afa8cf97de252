/**
 * A simple query that can only fail: its text is outside the upstream's grammar, or one of its names stands for nothing.
 * Nobody is asked about it: the client hears the upstream's own error, as it would have without the gateway, once that is
 * on record.
 *
 * The upstream has to say so itself, by a Parse, which looks names up and runs nothing (`parse-only.ts`). Where parsing
 * could run a check that somebody made, it is not asked, and people are. What policy denies is not sent ahead.
 */
import type { RawStmt } from "libpg-query";
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import { refusalError } from "#/proxies/postgres/present.ts";
import type { Knowledge } from "#/proxies/postgres/session/knowledge/knowledge.ts";
import type { SessionParts } from "#/proxies/postgres/session/parts.ts";
import { loadsData } from "#/proxies/postgres/session/proposal/not-carried.ts";
import type { Statement } from "#/proxies/postgres/session/proposal/proposed.ts";
import { type Classified, isOutsideGrammar } from "#/proxies/postgres/sql/facts.ts";
import { highestParameter } from "#/proxies/postgres/sql/parameters.ts";
import type { ErrorFields } from "#/proxies/postgres/wire/backend-messages.ts";
import { findMissingInView } from "./missing-in-view.ts";
import { findMissingObject } from "./missing-object.ts";
import { findMissingPart } from "./missing-part.ts";
import { analyseWithoutParameters, charactersOf, errorOf, moved, parseOnly } from "./parse-only.ts";
import { findSyntaxError } from "./unparsed.ts";

export interface Mistyped {
  readonly error: Buffer;
  /** The statement by which the message would have begun a transaction before it failed. */
  readonly begins: "begin" | "start transaction" | null;
}

/** Statements of one message that the upstream is asked about. */
const statementsAnalysedMax = 50;

type Asking = Pick<SessionParts, "dialogue" | "knowledge" | "proposer">;

/**
 * For a message between two pipelines. Null where nobody is asked about it, or, later, where it may run. Rejects where the
 * upstream is lost.
 */
export function findMistyped(parts: Asking, statement: Statement): Promise<Mistyped | null> | null {
  // The data of a COPY is taken first, and what its names stand for before that.
  const isAsked = !loadsData(statement.classified) && parts.proposer.wouldAsk(statement);
  return isAsked ? find(parts, statement) : null;
}

async function find(
  { dialogue, knowledge, proposer }: Asking,
  statement: Statement,
): Promise<Mistyped | null> {
  const { command } = statement;
  const failing =
    (await findUnparsed(dialogue, statement)) ??
    (await findFailing(dialogue, knowledge, statement)) ??
    (await findMissing(dialogue, knowledge, statement));
  if (failing === null) return null;
  const { begins, why, error } = failing;
  const refusal = await proposer.refuse(command, why);
  return { begins, error: refusal.code === "recording_failed" ? refusalError(refusal) : error };
}

interface Failing extends Mistyped {
  readonly why: string;
}

const notSql = "The database's own grammar does not accept it.";

async function findUnparsed(
  dialogue: Dialogue,
  { command, classified }: Statement,
): Promise<Failing | null> {
  if (!isOutsideGrammar(classified)) return null;
  const error = await findSyntaxError(dialogue, command);
  return error === null ? null : { error, begins: null, why: notSql };
}

/** The first statement that the upstream can't analyse, if what stands before it makes no names. */
async function findFailing(
  dialogue: Dialogue,
  knowledge: Knowledge,
  { command, classified }: Statement,
): Promise<Failing | null> {
  if (knowledge.mayRunParsed(classified)) return null;
  let begins: Mistyped["begins"] = null;
  for (const { sql, before } of textsOf(command, classified)) {
    const trees = knowledge.trees(sql);
    const fields = await analyse(dialogue, sql, trees);
    if (fields !== null) {
      const error = errorOf(moved(fields, before));
      return { error, begins, why: refusedAhead(fields.code ?? "") };
    }
    if (!knowledge.keepsNames(knowledge.classify(sql))) return null;
    begins ??= beginningOf(trees);
  }
  return null;
}

async function findMissing(
  dialogue: Dialogue,
  knowledge: Knowledge,
  { command }: Pick<Statement, "command">,
): Promise<Failing | null> {
  const trees = knowledge.trees(command);
  const fields =
    (await findMissingObject(dialogue, trees)) ??
    (await findMissingPart(dialogue, command, trees)) ??
    (knowledge.mayRunParsed(knowledge.classify(command))
      ? null
      : await findMissingInView(dialogue, command, trees));
  if (fields === null) return null;
  return { error: errorOf(fields), begins: null, why: refusedAhead(fields.code ?? "") };
}

/** The same of a portal, whose statement has been parsed. */
export async function findMissingIn(
  { dialogue, knowledge, proposer }: Asking,
  { command }: Pick<Statement, "command">,
): Promise<Buffer | null> {
  const missing = await findMissing(dialogue, knowledge, { command });
  if (missing === null) return null;
  const refusal = await proposer.refuse(command, missing.why);
  return refusal.code === "recording_failed" ? refusalError(refusal) : missing.error;
}

function refusedAhead(sqlstate: string): string {
  return `The database refuses it before anything of it runs (SQLSTATE ${sqlstate}).`;
}

interface Text {
  readonly sql: string;
  /** Characters of the message in front of it, as the server counts them. */
  readonly before: number;
}

/** One statement, or what can't be read, is taken as it came. */
function* textsOf(command: string, { statements }: Classified): Generator<Text> {
  if (statements.length < 2) {
    yield { sql: command, before: 0 };
    return;
  }
  const bytes = Buffer.from(command, "utf8");
  for (const { start, end } of statements.slice(0, statementsAnalysedMax)) {
    yield { sql: bytes.toString("utf8", start, end), before: charactersOf(bytes, start) };
  }
}

async function analyse(
  dialogue: Dialogue,
  sql: string,
  trees: readonly RawStmt[] | null,
): Promise<ErrorFields | null> {
  if (trees !== null && highestParameter(trees) > 0) {
    return isQuery(trees) ? analyseWithoutParameters(dialogue, sql) : null;
  }
  const fields = await parseOnly(dialogue, sql);
  return trees === null && isOfParse(fields) ? null : fields;
}

/** Of a text that can't be read: it holds several statements, or parameters, which a Parse takes otherwise than a Query. */
function isOfParse(fields: ErrorFields | null): boolean {
  if (fields?.code === "42P18") return true;
  return fields?.code === "42601" && fields.position === undefined;
}

const queries = ["SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"];

function isQuery([only, more]: readonly RawStmt[]): boolean {
  const [type = ""] = Object.keys(only?.stmt ?? {});
  return more === undefined && queries.includes(type);
}

function beginningOf(trees: readonly RawStmt[] | null): Mistyped["begins"] {
  const node = trees?.[0]?.stmt;
  if (node === undefined || !("TransactionStmt" in node)) return null;
  const { kind } = node.TransactionStmt;
  if (kind === "TRANS_STMT_BEGIN") return "begin";
  return kind === "TRANS_STMT_START" ? "start transaction" : null;
}
