/**
 * The machine against a small model of the same rules, written apart from it, over random sequences of
 * verdicts, callers, edits, rule changes, group changes and time. `problemsOf` judges each history besides.
 */
import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import type { Digest } from "#/core/ids.ts";
import type { Person } from "#/core/principal.ts";
import { executionStates, reviewStates } from "#/core/review.ts";
import { lookup, openedAt, pendingReview, person } from "./fixtures.test-support.ts";
import { type JudgedStep, problemsOf } from "./history.test-support.ts";
import { eventOf } from "./history-ops.test-support.ts";
import { transition } from "./machine.ts";
import { type Script, scripts } from "./random-histories.test-support.ts";
import { openModel, viewOf } from "./review-model.test-support.ts";

test("the machine does what its rules say and keeps every promise, whatever happens in whatever order", () => {
  fc.assert(
    fc.property(scripts, (script) => {
      const { steps } = play(script);
      assert.deepEqual(problemsOf(steps), []);
    }),
    { numRuns: 3000 },
  );
});

test("the random histories reach every state of a review and of an execution", () => {
  const reached = new Set<string | undefined>();
  let reopened = 0;
  const revealed = { pending: 0, approved: 0, over: 0 };
  const edited = { narrowing: 0, widening: 0, approving: 0 };
  for (const script of fc.sample(scripts, { numRuns: 1000, seed: 1 })) {
    for (const { before, after } of play(script).steps) {
      reached.add(after.state).add(after.execution?.state);
      if (before?.state === "approved" && after.state === "pending") reopened += 1;
      const { state } = after;
      const isNewlyRevealed = after.reveals.length > (before?.reveals.length ?? 0);
      if (isNewlyRevealed)
        revealed[state === "pending" || state === "approved" ? state : "over"] += 1;
      const edit = after.overrides.slice(before?.overrides.length ?? 0)[0];
      if (edit !== undefined) edited[edit.narrows ? "narrowing" : "widening"] += 1;
      if (edit !== undefined && after.state === "approved") edited.approving += 1;
    }
  }
  for (const state of [...reviewStates, ...executionStates]) {
    assert.ok(reached.has(state), `${state} is reached`);
  }
  assert.ok(reopened > 0, "approvals are reopened");
  for (const [kind, count] of Object.entries(edited)) assert.ok(count > 0, `edits are ${kind}`);
  for (const [when, count] of Object.entries(revealed))
    assert.ok(count > 0, `reveals when ${when}`);
});

/** Runs the script on machine and model, and compares them after each step. */
function play({ obligations, ops }: Script): { readonly steps: readonly JudgedStep[] } {
  const world = new Map<string, Person>(
    [
      person("owner", ["dba", "security", "admin"]),
      person("requester", ["dba", "security"]),
      person("ada", ["dba"]),
      person("bob", ["dba"]),
      person("cy", ["security"]),
      person("dee", ["dba", "security"]),
      person("late", ["dba", "security"], { since: openedAt + 1 }),
    ].map((someone) => [someone.subject, someone]),
  );
  let review = pendingReview({ obligations });
  const digests: Digest[] = [review.digest];
  const model = openModel(obligations);
  const steps: JudgedStep[] = [];
  let now = openedAt;

  for (const op of ops) {
    if (op.op === "wait") now += op.ms;
    else if (op.op === "forget") world.delete(op.who);
    else if (op.op === "regroup") {
      const known = world.get(op.who);
      if (known !== undefined) world.set(op.who, { ...known, groups: op.groups });
    } else if (op.op !== "reveal" || world.has(op.who)) {
      // Whoever is let reveal something is known.
      const people = lookup([...world.values()]);
      const before = review;
      const result = transition(before, eventOf(op, before, digests), now, people);
      const expected = model.step(op, now, world);
      assert.equal(result.kind, expected, `${JSON.stringify(op)} on ${before.state}`);
      if (result.kind === "moved") {
        review = result.review;
        if (review.digest !== before.digest) digests.push(review.digest);
        steps.push({ before, after: review, records: result.records, people });
      }
      assert.deepEqual(model.view(), viewOf(review));
    }
  }
  return { steps };
}
