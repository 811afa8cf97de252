/**
 * Looks at one statement on a session of the gateway's own, in a transaction that is always rolled back: takes the meaning
 * that it has on its own session, plans it, and, where it is to be measured, runs it.
 *
 * Guarantees lock and statement timeouts, and that nothing is planned or run beyond the closed world of
 * `effect-scope.ts`; what that holds is looked at again once it is locked.
 */
import type { Action } from "#/core/action.ts";
import type { EffectFound } from "#/core/protocol.ts";
import type { Ask } from "#/proxies/postgres/ask.ts";
import type { Meaning } from "#/proxies/postgres/fingerprint/fingerprint.ts";
import {
  prepareSample,
  type Sampling,
  sampleKept,
  takeSample,
} from "#/proxies/postgres/sample/take-sample.ts";
import type { Classified } from "#/proxies/postgres/sql/facts.ts";
import type { EffectQuestion, EffectSource } from "./effect-question.ts";
import { readScope, type Scope } from "./effect-scope.ts";
import { keyedMax } from "./effect-scope-query.ts";
import { asksOf, beginOwn, setLocal, takeMeaning } from "./own-meaning.ts";
import type { OwnAnswer, OwnSession } from "./own-session.ts";
import { type Planned, plannedRows } from "./planned.ts";
import {
  estimated,
  expected,
  measured,
  previewStatementMs,
  refusedText,
  unknown,
  written,
} from "./say-effect.ts";

export interface Known {
  readonly planned: Planned;
  readonly meaning: Meaning;
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
/** For all of it, the wait for its turn aside. */
export const previewMs = 20_000;

export async function lookAt(
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
