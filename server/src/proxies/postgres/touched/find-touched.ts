/**
 * Which columns a held read touches, and which of them are marked: from its text and the catalogue alone.
 *
 * Guarantees a session of the gateway's own, in which the command has the same meaning as where it waits, by its
 * fingerprint; on record before; nothing of it is planned or run. What fails is not known.
 */
import type { RawStmt } from "libpg-query";
import type { ColumnMark } from "#/core/column-mark.ts";
import type { EffectAsked, TouchedFound } from "#/core/protocol.ts";
import { recordOwn } from "#/enforcement/record-own.ts";
import type { EffectSource } from "#/proxies/postgres/effect/effect-question.ts";
import { callsUnsafe } from "#/proxies/postgres/effect/effect-scope.ts";
import { asksOf, beginOwn, setLocal, takeMeaning } from "#/proxies/postgres/effect/own-meaning.ts";
import { openOwnSession } from "#/proxies/postgres/effect/own-session.ts";
import { waitTurn } from "#/proxies/postgres/effect/turns.ts";
import { isBoundToSession, type Meaning } from "#/proxies/postgres/fingerprint/fingerprint.ts";
import type { Classified, Classifier } from "#/proxies/postgres/sql/facts.ts";
import { asSql, ownAction } from "#/proxies/postgres/to-action.ts";
import { presentTouching } from "./present-touching.ts";
import { readRelations } from "./read-relations.ts";
import { touchedColumns } from "./touched-columns.ts";

export interface TouchedQuestion extends Omit<EffectAsked, "how"> {
  readonly classified: Classified;
  readonly classifier: Classifier;
  /** Of the session that waits; null where it was not read. */
  readonly meaning: Meaning | null;
  /** What the configuration marks as sensitive. */
  readonly marks: readonly ColumnMark[];
}

/** For each question. */
const touchedStatementMs = 5_000;
/** For all of it, the wait for its turn aside. */
const touchedMs = 20_000;

/** Null for what does not only read. */
export async function findTouched(
  question: TouchedQuestion,
  source: EffectSource,
): Promise<TouchedFound | null> {
  const { action, classified, classifier, meaning, signal } = question;
  if (!classified.verbs.every((verb) => verb === "sql.read")) return null;
  const trees = classifier.trees(action.command);
  if (trees === null) return unknown("The gateway can't read all that it does.");
  if (meaning === null || isBoundToSession(action.command, asSql(action).facts)) {
    return unknown("What it reads hangs on its own session.");
  }
  const turn = await waitTurn(source.turns, signal);
  if (turn === null) return unknown("Too many others are being looked at.");
  try {
    return await inTurn(question, { trees, meaning }, source);
  } finally {
    turn();
  }
}

async function inTurn(
  { action, classified, classifier, marks, review, signal }: TouchedQuestion,
  { trees, meaning }: { readonly trees: readonly RawStmt[]; readonly meaning: Meaning },
  { address, enforcement }: EffectSource,
): Promise<TouchedFound> {
  const { clock } = enforcement;
  const { resource, command, facts } = asSql(action);
  const own = {
    resource,
    command: `read the catalogue for ${command}`,
    parameters: [],
    verbs: ["sql.read"],
    facts: { ...facts, kinds: ["read_columns"] },
  } as const;
  await recordOwn(ownAction(own, clock.now()), enforcement, review);
  const late = new AbortController();
  const stopClock = clock.after(touchedMs, () => late.abort());
  try {
    const session = await openOwnSession(address, AbortSignal.any([signal, late.signal]));
    try {
      const asks = asksOf(session);
      // As it is at each look, as everywhere.
      await beginOwn(session, "begin isolation level read committed read only");
      await asks(setLocal, ["search_path", "pg_catalog"]);
      await asks(setLocal, ["statement_timeout", String(touchedStatementMs)]);
      if (!(await takeMeaning(asks, meaning, action, classified))) {
        return unknown("Another session can't give it the meaning that it has on its own.");
      }
      const relations = await readRelations(trees, asks, classifier);
      if (typeof relations === "string") return unknown(relations);
      const touching = touchedColumns(trees, relations);
      if (touching.kind === "unknown") return unknown(touching.reason);
      const besides = callsUnsafe(classified)
        ? [...touching.besides, "It calls a function that may read more."]
        : touching.besides;
      return presentTouching({ ...touching, besides }, marks);
    } finally {
      session.close();
    }
  } finally {
    stopClock();
  }
}

function unknown(reason: string): TouchedFound {
  return { relations: null, relationsMore: 0, besides: [reason] };
}
