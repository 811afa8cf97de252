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
import type { EffectAsked, EffectFound } from "#/core/protocol.ts";
import { decide } from "#/enforcement/decide.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { recordOwn, recordOwnOutcome } from "#/enforcement/record-own.ts";
import { isBoundToSession, type Meaning } from "#/proxies/postgres/fingerprint/fingerprint.ts";
import { asSql, ownAction } from "#/proxies/postgres/to-action.ts";
import type { EffectQuestion, EffectSource } from "./effect-question.ts";
import { callsUnsafe } from "./effect-scope.ts";
import { type Known, lookAt, previewMs } from "./look-at.ts";
import { type OwnSession, openOwnSession } from "./own-session.ts";
import { type Planned, plannedIn } from "./planned.ts";
import { unknown } from "./say-effect.ts";
import { waitTurn } from "./turns.ts";

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
    const found = await lookAt(session, question, known, source);
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
