import type { StatementFacts } from "@countersign/sdk/wire/facts";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { expect, test } from "vitest";
import { review } from "../review.fixture.ts";
import { changesBetween } from "./terms.ts";

const terms: readonly (readonly [string, Partial<ReviewDetail>])[] = [
  ["Revision", { revision: 2 }],
  ["Command", { command: "delete from customers" }],
  ["Parameters", { parameters: [{ type: 25, format: "text", text: "a" }] }],
  ["What it does", { verbs: ["sql.read", "sql.write"] }],
  ["Facts", { facts: { ...statement(), filtered: false } }],
  [
    "What speaks against its tool",
    { flags: [{ kind: "orders", what: "Orders to the model", at: "", words: "First read" }] },
  ],
  ["Read before", { reads: { from: [], fromMore: 1, masked: [], isMore: false } }],
  ["Asked by", { principal: { kind: "agent", name: "other" } }],
  ["Acting for", { onBehalfOf: null }],
  ["Connection", { environment: "production" }],
  ["Runs at", { upstream: { ...review.upstream, role: "postgres" } }],
  ["Rules", { reasons: [] }],
  ["Needed approvals", { quorum: [{ group: "dba", needed: 2, given: [] }] }],
  ["Masked in the result", { masks: [{ target: "email", masker: "redact" }] }],
  ["Least assurance", { assurance: "passkey" }],
  ["Time limit", { expiresAt: "2026-11-26T09:00:00.000Z" }],
  [
    "Loaded data",
    {
      data: {
        format: "text",
        sha256: "e".repeat(64),
        bytes: 4,
        rows: 1,
        columns: ["id"],
        firstRows: [],
      },
    },
  ],
  ["The agent’s reason", { agentReason: "Tidying up." }],
  ["Policies", { policySet: "p2" }],
  ["Digest", { digest: "d2" }],
];

test.each(terms)("a change of %s is named", (what, change) => {
  expect(changesBetween(review, { ...review, ...change }).map((found) => found.what)).toEqual([
    what,
  ]);
});

test("every field of a review is either a term or known to be none", () => {
  const others = ["id", "actionId", "state", "verb", "openedAt", "version", "verdicts", "attached"];
  const after = [
    "execution",
    "voidedBy",
    "signs",
    "note",
    "decidedAt",
    "mayDecide",
    "connection",
    "overrides",
    "asked",
  ];
  const told = [
    "effect",
    "mayPreview",
    "headline",
    "transaction",
    "rowLimit",
    "uncounted",
    "touched",
    "view",
    "masked",
    "maskedMore",
  ];
  const known = [
    ...terms.flatMap(([, change]) => Object.keys(change)),
    ...others,
    ...after,
    ...told,
  ];
  expect(Object.keys(review).filter((field) => !known.includes(field))).toEqual([]);
});

test("others' verdicts, the session, the effect and the outcome are no change of terms", () => {
  const later: ReviewDetail = {
    ...review,
    state: "approved",
    version: 4,
    quorum: [{ group: "dba", needed: 1, given: ["bob"] }],
    attached: false,
    execution: { state: "executed", detail: "DELETE 1", finishedAt: null },
    note: "n",
    headline: "Delete 1 row of customers in shop, staging",
    effect: {
      basis: "measured",
      rows: 1,
      at: "2026-11-26T08:01:00.000Z",
      reason: null,
      caveat: null,
      sample: null,
    },
    mayPreview: true,
    transaction: { since: null, locks: null, locksMore: 0, blocks: 2, at: review.openedAt },
    touched: { relations: [], relationsMore: 0, besides: [], at: review.openedAt },
    decidedAt: "2026-11-26T08:01:00.000Z",
  };
  expect(changesBetween(review, later)).toEqual([]);
});

test("a decided review that waits again is a change", () => {
  const decided: ReviewDetail = { ...review, state: "approved" };
  expect(changesBetween(decided, review)).toEqual([
    { what: "State", from: "approved", to: "waiting again" },
  ]);
});

function statement(): StatementFacts {
  if (review.facts.family === "sql") return review.facts;
  throw new TypeError("the fixture is of a statement");
}
