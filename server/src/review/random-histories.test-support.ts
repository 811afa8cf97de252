/** Random histories of a review, in which what matters happens often enough. */
import * as fc from "fast-check";
import type { Obligations } from "#/core/obligation.ts";
import type { Assurance } from "#/core/principal.ts";
import type { VerdictKind } from "#/core/review.ts";
import type { OutcomeEvent } from "./event.ts";
import { caller, otherCaller } from "./fixtures.test-support.ts";
import {
  type HiddenField,
  hiddenFields,
  type Op,
  type Tighter,
  type Which,
} from "./history-ops.test-support.ts";

export interface Script {
  readonly obligations: Obligations;
  readonly ops: readonly Op[];
}

const names = [
  "owner",
  "requester",
  "late",
  "nobody",
  // More often, those who can vote.
  "ada",
  "ada",
  "ada",
  "bob",
  "bob",
  "cy",
  "cy",
  "dee",
  "dee",
  "dee",
];
const ttls = [200, 400];
const valids = [50, 100];
const strengths: readonly Assurance[] = ["local-demo", "session", "passkey"];
const anyGroups = fc.subarray(["dba", "security", "admin"]);
const callers = fc.constantFrom(caller, caller, caller, caller, caller, otherCaller);
const which = fc.constantFrom<Which[]>(
  "current",
  "current",
  "current",
  "current",
  "stale",
  "other",
);

const tightenings: fc.Arbitrary<Tighter> = fc.record({
  reveals: fc.constantFrom<(readonly HiddenField[])[]>([], [], [], ["email"], ["iban"]),
  group: fc.constantFrom("dba", "security", null, null),
  needed: fc.integer({ min: 1, max: 3 }),
  assurance: fc.constantFrom(...strengths),
  validMs: fc.constantFrom(...valids),
  ttlMs: fc.constantFrom(...ttls),
});

const verdicts: fc.Arbitrary<Op> = fc.record({
  op: fc.constant("verdict" as const),
  who: fc.constantFrom(...names),
  verdict: fc.constantFrom<VerdictKind[]>(
    ...Array.from({ length: 20 }, () => "approve" as const),
    ...(["deny", "request_changes"] as const),
  ),
  which,
  assurance: fc.constantFrom<Assurance[]>("passkey", "passkey", "passkey", "session", "chat"),
  comment: fc.constantFrom(null, "because", "because", "other"),
  rowsMax: fc.constantFrom(null, null, 2, 9),
  key: fc.constantFrom("k1", "k2", "k3"),
});

const overrides: fc.Arbitrary<Op> = fc.record({
  op: fc.constant("override" as const),
  who: fc.constantFrom(...names),
  which,
  caller: callers,
  assurance: fc.constantFrom<Assurance[]>("local-demo", "session", "session", "passkey"),
  narrows: fc.boolean(),
  comment: fc.constantFrom(null, "because", "because", "because", "other"),
  key: fc.constantFrom("k1", "k2", "k3", "k4"),
  tighter: fc.option<Tighter>(tightenings, { freq: 2 }),
});

const revealing: fc.Arbitrary<Op> = fc.record({
  op: fc.constant("reveal" as const),
  who: fc.constantFrom(...names),
  which,
  field: fc.constantFrom(...hiddenFields),
});

const ops: fc.Arbitrary<Op> = fc.oneof(
  { weight: 120, arbitrary: verdicts },
  { weight: 12, arbitrary: overrides },
  { weight: 40, arbitrary: revealing },
  {
    weight: 60,
    arbitrary: fc.record({
      op: fc.constant("claim" as const),
      caller: callers,
      which,
      tighter: fc.option(tightenings, { freq: 3 }),
    }),
  },
  {
    weight: 30,
    arbitrary: fc.record({
      op: fc.constant("outcome" as const),
      state: fc.constantFrom<OutcomeEvent["state"][]>(
        ...(["executed", "executed_uncommitted", "executed_uncommitted"] as const),
        ...(["rolled_back", "failed", "outcome_unknown"] as const),
      ),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      op: fc.constant("wait" as const),
      ms: fc.constantFrom(1, 20, 49, 50, 100, 200),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      op: fc.constant("attach" as const),
      caller: callers,
      bars: fc.subarray(["ada", "dee"], { maxLength: 1 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant("regroup" as const),
      who: fc.constantFrom("ada", "bob", "cy", "dee", "late"),
      groups: anyGroups,
    }),
  },
  { weight: 5, arbitrary: fc.record({ op: fc.constant("detach" as const), caller: callers }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("cancel" as const), caller: callers }) },
  { weight: 10, arbitrary: fc.record({ op: fc.constantFrom("expire" as const, "edit" as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({ op: fc.constant("tighten" as const), tighter: tightenings }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant("forget" as const),
      who: fc.constantFrom("ada", "bob", "cy", "dee"),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ op: "void" as const }) },
);

export const scripts: fc.Arbitrary<Script> = fc.noBias(
  fc.record({
    obligations: fc.record({
      quorum: fc.constantFrom(
        [{ group: "dba", needed: 1 }],
        [{ group: "dba", needed: 2 }],
        [
          { group: "dba", needed: 1 },
          { group: "security", needed: 1 },
        ],
        [
          { group: "dba", needed: 2 },
          { group: "security", needed: 1 },
        ],
      ),
      ttlMs: fc.constantFrom(...ttls),
      validMs: fc.constantFrom(...valids),
      assurance: fc.constantFrom<Assurance[]>("local-demo", "session", "session"),
      rows: fc.constantFrom(null, { max: 4, policy: "held" }),
      masks: fc.constant([]),
      reveals: fc.constantFrom<(readonly HiddenField[])[]>([], [], [], ["email"], hiddenFields),
    }),
    ops: fc.array(ops, { minLength: 1, maxLength: 40, size: "max" }),
  }),
);
