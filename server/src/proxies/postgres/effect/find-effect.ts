/**
 * How many rows a held statement would touch: the planner's estimate, or, where the connection says so, the
 * count of a run that is rolled back (SEMANTICS §4).
 *
 * Guarantees: a session of the gateway's own, so that the client's transaction is not touched; the same meaning
 * as on the client's session, by its fingerprint, or no answer; on record before it happens; lock and statement
 * timeouts; and nothing planned or run beyond the closed world of `effect-scope.ts`. What fails is not known.
 */

import type { RawStmt } from "libpg-query";
import type { Action } from "#/core/action.ts";
import type { ColumnMark } from "#/core/column-mark.ts";
import type { EffectAsked, EffectFound } from "#/core/protocol.ts";
import type { SampleMode } from "#/core/sample.ts";
import { decide } from "#/enforcement/decide.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { recordOwn, recordOwnOutcome } from "#/enforcement/record-own.ts";
import type { Finder } from "#/masking/finder.ts";
import type { Ask } from "#/proxies/postgres/ask.ts";
import { isBoundToSession, type Meaning } from "#/proxies/postgres/fingerprint/fingerprint.ts";
import {
  prepareSample,
  type Sampling,
  sampleKept,
  takeSample,
} from "#/proxies/postgres/sample/take-sample.ts";
import type { Classified, Classifier } from "#/proxies/postgres/sql/facts.ts";
import { asSql, ownAction } from "#/proxies/postgres/to-action.ts";
import type { UpstreamAddress } from "#/proxies/postgres/upstream/upstream.ts";
import { rowsOfTag } from "#/proxies/postgres/wire/codec-backend.ts";
import { callsUnsafe, keyedMax, readScope, type Scope } from "./effect-scope.ts";
import { asksOf, beginOwn, setLocal, takeMeaning } from "./own-meaning.ts";
import { type OwnAnswer, type OwnSession, openOwnSession } from "./own-session.ts";
import { type Planned, plannedIn, plannedRows } from "./planned.ts";
import { type Turns, waitTurn } from "./turns.ts";

export interface EffectQuestion extends EffectAsked {
  readonly classified: Classified;
  readonly classifier: Classifier;
  /** Of the session that waits; null where it was not read. */
  readonly meaning: Meaning | null;
}

export interface EffectSource {
  readonly address: UpstreamAddress;
  readonly turns: Turns;
  readonly enforcement: EnforcementDeps;
  /** What the configuration marks as sensitive. */
  readonly marks: readonly ColumnMark[];
  readonly sample: SampleMode;
  readonly finder: () => Finder;
}

/** For a lock that others hold. */
const previewLockMs = 1_000;
/**
 * For a lock in the run: it holds locks of its own by then, and whoever waits for those while it waits for theirs
 * is the one that the server gives up, after `deadlock_timeout` (1 s).
 */
const previewRunLockMs = 100;
/** What the plan expects to write; more is not run, because what is rolled back takes room until it is vacuumed. */
const measuredRowsMax = 100_000;
/** For each statement: the plan, or the run that is rolled back. */
const previewStatementMs = 5_000;
/** For all of it, the wait for its turn aside. */
const previewMs = 20_000;

export async function findEffect(
  question: EffectQuestion,
  source: EffectSource,
): Promise<EffectFound | null> {
  const { action, classified, how, meaning } = question;
  if (classified.verbs.includes("sql.opaque")) {
    return unknown("The gateway can't read all that it does.");
  }
  const planned = plannable(question);
  if (planned === null) return null;
  if (how === "measure" && !isMeasured(planned, meaning)) return null;
  if (meaning === null || isBoundToSession(action.command, asSql(action).facts)) {
    return unknown("What it does hangs on its own session.");
  }
  if (callsUnsafe(classified)) {
    return unknown("It calls a function that is not on the allow-list of reads.");
  }
  const turn = await waitTurn(source.turns, question.signal);
  if (turn === null) return unknown("Too many others are being looked at.");
  try {
    return await inTurn(question, { planned, meaning }, source);
  } finally {
    turn();
  }
}

/** Plain rows, read or written, by what can be read. */
function plannable({ action, classified, classifier }: EffectQuestion): Planned | null {
  const isPlain = classified.verbs.every((verb) => verb === "sql.read" || verb === "sql.write");
  const trees: readonly RawStmt[] | null = isPlain ? classifier.trees(action.command) : null;
  return trees === null ? null : plannedIn(action.command, trees);
}

/** Another session does not see what the client's transaction has changed, or still sees: it would count something else. */
function isMeasured({ unmeasurable }: Planned, meaning: Meaning | null): boolean {
  return unmeasurable === null && meaning?.hasWritten === false && !meaning.keepsSnapshot;
}

interface Known {
  readonly planned: Planned;
  readonly meaning: Meaning;
}

async function inTurn(
  question: EffectQuestion,
  known: Known,
  source: EffectSource,
): Promise<EffectFound> {
  const { address, enforcement } = source;
  const { action, how, review } = question;
  const own = previewAction(action, how, enforcement.clock.now());
  if (how === "measure" && isForbidden(own, action, enforcement)) {
    return unknown("A policy forbids measuring it.");
  }
  await recordOwn(own, enforcement, review);
  const late = new AbortController();
  const stopClock = enforcement.clock.after(previewMs, () => late.abort());
  let session: OwnSession | null = null;
  try {
    session = await openOwnSession(address, AbortSignal.any([question.signal, late.signal]));
    const found = await ask(session, question, known, source);
    if (how === "measure") await recordEnd(own, found, enforcement);
    return found;
  } catch (error) {
    if (how === "measure") await recordEnd(own, unknown("lost"), enforcement);
    throw error;
  } finally {
    stopClock();
    session?.close();
  }
}

function previewAction(action: Action, how: EffectAsked["how"], now: number): Action {
  const { resource, command, parameters, facts } = asSql(action);
  return how === "measure"
    ? ownAction(
        {
          resource,
          command,
          parameters,
          verbs: ["sql.preview"],
          facts: { ...facts, kinds: ["preview"] },
        },
        now,
      )
    : ownAction(
        {
          resource,
          command: `explain ${command}`,
          parameters,
          verbs: ["sql.read"],
          facts: { ...facts, kinds: ["estimate_effect"] },
        },
        now,
      );
}

/** Nobody has to permit it beside the configuration; but a rule may forbid it for what an agent asks. */
function isForbidden(own: Action, { principal }: Action, enforcement: EnforcementDeps): boolean {
  const decision = decide({ ...own, principal }, enforcement);
  return decision.effect === "deny" && decision.cause !== "unmatched";
}

function recordEnd(
  own: Action,
  { basis, rows }: EffectFound,
  enforcement: EnforcementDeps,
): Promise<void> {
  const type = basis === "measured" ? "execution.rolled_back" : "execution.failed";
  return recordOwnOutcome(own, type, { detail: "preview", rows }, enforcement);
}

async function ask(
  session: OwnSession,
  question: EffectQuestion,
  { planned, meaning }: Known,
  { marks, sample: shows, finder }: EffectSource,
): Promise<EffectFound> {
  const { action, how, classified, classifier } = question;
  const asks = asksOf(session);
  // At a stricter level it could make others fail, and the catalogue would be read as it was at the first look.
  await beginOwn(
    session,
    `begin isolation level read committed ${how === "measure" ? "read write" : "read only"}`,
  );
  try {
    await asks(setLocal, ["search_path", "pg_catalog"]);
    await asks(setLocal, ["lock_timeout", String(previewLockMs)]);
    await asks(setLocal, ["statement_timeout", String(previewStatementMs)]);
    await asks(setLocal, ["idle_in_transaction_session_timeout", String(previewMs)]);
    if (!(await takeMeaning(asks, meaning, action, classified))) {
      return unknown("Another session can't give it the meaning that it has on its own.");
    }
    const scope = await scopeWithin(asks, question, meaning);
    if (scope.unplannable !== null) return unknown(scope.unplannable);
    const estimate = await explain(session, planned, action);
    if (typeof estimate === "string") return unknown(estimate);
    if (how === "estimate") return estimated(estimate, scope, planned, meaning);
    // With the plan's locks these keep a trigger from being added, so what holds now holds in the run.
    const unlocked = await lockKeyed(session, scope, classified);
    if (unlocked !== null) return unknown(`${unlocked} ${expected(estimate)}`);
    const locked = await scopeWithin(asks, question, meaning);
    const why = locked.unplannable ?? locked.unmeasurable ?? whyMore(locked, scope);
    if (why !== null) return unknown(`${why} ${expected(estimate)}`);
    if (estimate > measuredRowsMax) {
      return unknown(
        `${expected(estimate)} More than ${written(measuredRowsMax)} are not measured.`,
      );
    }
    const path = pathOf(meaning);
    const [statement = ""] = planned.statements;
    const sampling =
      shows === "none"
        ? null
        : await prepareSample(statement, { classified, classifier, path, marks }, asks);
    await asks(setLocal, ["lock_timeout", String(previewRunLockMs)]);
    // Whatever has happened to the session since, outside of a transaction nothing would be rolled back.
    await beginOwn(session, "savepoint before_the_run");
    const ran = await run(session, action, sampling);
    if (ran.answer.error !== null) {
      return unknown(`${refusedText(ran.answer.error, "run")} ${expected(estimate)}`);
    }
    const found = measured(ran.answer, locked);
    if (ran.sampling === null || found.rows === 0) return found;
    const undo = () => beginOwn(session, undoRun);
    const sample = await takeSample(ran.sampling, ran.answer, {
      ask: asks,
      undo,
      finder: finder(),
    });
    return { ...found, sample };
  } finally {
    await session.run("rollback").catch(() => undefined);
  }
}

const undoRun = "rollback to savepoint before_the_run";

interface Ran {
  readonly answer: OwnAnswer;
  /** Null where its answer does not say where its rows lie. */
  readonly sampling: Sampling | null;
}

async function run(
  session: OwnSession,
  { command, parameters }: Action,
  sampling: Sampling | null,
): Promise<Ran> {
  if (sampling !== null) {
    const answer = await session.run(sampling.sql, parameters, sampleKept);
    if (answer.error === null || !refusesText(answer.error)) return { answer, sampling };
    // Nothing of it ran: what is asked besides is what it refuses.
    await beginOwn(session, undoRun);
  }
  return { answer: await session.run(command, parameters, "dropped"), sampling: null };
}

/** Of the text, or of the right to read it (class 42). */
function refusesText(sqlstate: string): boolean {
  return sqlstate.startsWith("42");
}

/** What foreign keys change, the plan does not lock. Null where it is locked now. */
async function lockKeyed(
  session: OwnSession,
  { keyed }: Scope,
  { facts }: Classified,
): Promise<string | null> {
  if (keyed.length === 0 || !facts.kinds.some((kind) => cascading.includes(kind))) return null;
  if (keyed.length > keyedMax)
    return "More relations change with it by foreign keys than are looked at.";
  const { error } = await session.run(`lock table ${keyed.join(", ")} in row exclusive mode`);
  if (error === null) return null;
  return error === "42501"
    ? "A relation that changes with it by foreign keys is one that the gateway's role may not write."
    : refusedText(error, "run");
}

const cascading: readonly string[] = ["delete", "merge", "update", "upsert"];

function whyMore(now: Scope, { keyed }: Scope): string | null {
  return now.keyed.every((name) => keyed.includes(name))
    ? null
    : "A foreign key to what it changes was added meanwhile.";
}

async function scopeWithin(
  asks: Ask,
  { classified, classifier, action }: Pick<EffectQuestion, "classified" | "classifier" | "action">,
  meaning: Meaning,
): Promise<Scope> {
  const path = pathOf(meaning);
  const { command } = action;
  await asks(setLocal, ["search_path", "pg_catalog"]);
  const scope = await readScope({ classified, classifier, command }, asks);
  await asks(setLocal, ["search_path", path]);
  return scope;
}

function pathOf({ settings }: Meaning): string {
  return settings.find(([name]) => name === "search_path")?.[1] ?? "";
}

/** The sum over its statements; a sentence where one can't be planned. */
async function explain(
  session: OwnSession,
  { statements }: Planned,
  { parameters }: Action,
): Promise<number | string> {
  let sum = 0;
  for (const statement of statements) {
    const answer = await session.run(`explain (format json) ${statement}`, parameters);
    if (answer.error !== null) return refusedText(answer.error, "plan");
    const rows = plannedRows(answer.rows.map(([line]) => line ?? "").join("\n"));
    if (rows === null) return "The planner's answer could not be read.";
    sum += rows;
  }
  return sum;
}

function estimated(
  rows: number,
  scope: Scope,
  { statements }: Planned,
  { hasWritten, keepsSnapshot }: Meaning,
): EffectFound {
  const caveats = [
    ...(statements.length > 1 ? ["The sum of its statements, each planned by itself."] : []),
    ...(hasWritten
      ? [
          "Its transaction has changed data, which only its own session sees, so it is not measured.",
        ]
      : []),
    ...(keepsSnapshot
      ? ["Its transaction sees the data as it was at its beginning, so it is not measured."]
      : []),
    ...beside(scope),
  ];
  return { basis: "estimated", rows, reason: null, caveat: sentences(caveats), sample: null };
}

function measured({ tag }: OwnAnswer, scope: Scope): EffectFound {
  const rows = rowsOfTag(tag ?? "");
  if (rows === null) return unknown("The database did not say how many rows there were.");
  return {
    basis: "measured",
    rows,
    reason: null,
    caveat: sentences([...beside(scope), rolledBack]),
    sample: null,
  };
}

/** What the number does not hold. */
function beside({ unmeasurable, cascades }: Scope): readonly string[] {
  return [
    ...(unmeasurable === null ? [] : ["Triggers may change more."]),
    ...(cascades ? ["Rows that change with it by foreign keys are not counted."] : []),
  ];
}

const rolledBack =
  "It ran and was rolled back: numbers that it drew from sequences are not given back, its locks were held meanwhile, and statistics have counted it.";

function sentences(all: readonly string[]): string | null {
  return all.length === 0 ? null : all.join(" ");
}

function unknown(reason: string): EffectFound {
  return { basis: "unknown", rows: null, reason, caveat: null, sample: null };
}

function expected(rows: number): string {
  return `The planner expects about ${written(rows)} ${rows === 1 ? "row" : "rows"}.`;
}

function written(rows: number): string {
  return rows.toLocaleString("en");
}

function refusedText(sqlstate: string, what: "plan" | "run"): string {
  if (sqlstate === "55P03") return "Others hold a lock that it needs.";
  if (sqlstate === "57014") return `It took longer than ${previewStatementMs / 1000} s.`;
  const why = wouldFail[sqlstate];
  if (why !== undefined) return `It would fail: ${why} (SQLSTATE ${sqlstate}).`;
  return `The database would not ${what} it (SQLSTATE ${sqlstate.slice(0, 5)}).`;
}

/** What most often is the matter. The database's own words name values and things of others, and are not passed on. */
const wouldFail: Readonly<Record<string, string>> = {
  "23502": "it would leave a column empty that must not be",
  "23503": "it would break a foreign key",
  "23505": "a row with such a key is there already",
  "23514": "it would break a check constraint",
  "3F000": "a schema that it names does not exist",
  "42501": "its role in the database may not do it",
  "42703": "a column that it names does not exist",
  "42704": "a type or another object that it names does not exist",
  "42883": "a function or operator that it names does not exist",
  "42P01": "a relation that it names does not exist",
};
