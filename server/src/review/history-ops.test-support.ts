/** Everything that may happen to a review, as a history tells of it, and the event of the machine that it is. */
import assert from "node:assert/strict";
import { actionDigest } from "#/core/digest.ts";
import type { CallerId, Digest } from "#/core/ids.ts";
import type { Obligations } from "#/core/obligation.ts";
import { type Assurance, assurances } from "#/core/principal.ts";
import type { Review, VerdictKind } from "#/core/review.ts";
import type { Hidden } from "#/core/view.ts";
import type { OutcomeEvent, ReviewEvent } from "./event.ts";
import { personId, policySet } from "./fixtures.test-support.ts";

export type Which = "current" | "stale" | "other";

export interface Tighter {
  readonly group: string | null;
  readonly needed: number;
  readonly assurance: Assurance;
  readonly validMs: number;
  readonly ttlMs: number;
  readonly reveals: readonly HiddenField[];
}

/** What stands masked in the action: a value of each kind. */
export const hiddenFields = ["email", "iban"] as const;
export type HiddenField = (typeof hiddenFields)[number];

export type Op =
  | {
      readonly op: "verdict";
      readonly who: string;
      readonly verdict: VerdictKind;
      readonly which: Which;
      readonly assurance: Assurance;
      readonly comment: string | null;
      readonly rowsMax: number | null;
      readonly key: string;
    }
  | {
      readonly op: "override";
      readonly who: string;
      readonly which: Which;
      readonly caller: CallerId;
      readonly assurance: Assurance;
      readonly narrows: boolean;
      readonly comment: string | null;
      readonly key: string;
      readonly tighter: Tighter | null;
    }
  | {
      readonly op: "reveal";
      readonly who: string;
      readonly which: Which;
      readonly field: HiddenField;
    }
  | { readonly op: "expire" | "edit" | "void" }
  | { readonly op: "cancel" | "detach"; readonly caller: CallerId }
  | { readonly op: "attach"; readonly caller: CallerId; readonly bars: readonly string[] }
  | { readonly op: "tighten"; readonly tighter: Tighter }
  | {
      readonly op: "claim";
      readonly caller: CallerId;
      readonly which: Which;
      readonly tighter: Tighter | null;
    }
  | { readonly op: "outcome"; readonly state: OutcomeEvent["state"] }
  | { readonly op: "wait"; readonly ms: number }
  | { readonly op: "regroup"; readonly who: string; readonly groups: readonly string[] }
  | { readonly op: "forget"; readonly who: string };

export function tighten(obligations: Obligations, tighter: Tighter): Obligations {
  const { group, needed, assurance, validMs, ttlMs } = tighter;
  const needs = new Map(obligations.quorum.map((slot) => [slot.group, slot.needed]));
  if (group !== null) needs.set(group, Math.max(needs.get(group) ?? 0, needed));
  const strength = Math.max(
    assurances.indexOf(assurance),
    assurances.indexOf(obligations.assurance),
  );
  return {
    quorum: [...needs].map(([name, n]) => ({ group: name, needed: n })),
    ttlMs: Math.min(ttlMs, obligations.ttlMs),
    validMs: Math.min(validMs, obligations.validMs),
    assurance: assurances[strength] ?? assert.fail(),
    rows: obligations.rows,
    masks: obligations.masks,
    reveals: [...new Set([...obligations.reveals, ...tighter.reveals])].toSorted(),
  };
}

export function eventOf(op: Op, review: Review, digests: readonly Digest[]): ReviewEvent {
  const stale = digests.at(-2) ?? ("e".repeat(64) as Digest);
  const digestOf = (which: Which) =>
    ({ current: review.digest, stale, other: "f".repeat(64) as Digest })[which];
  const { action, digest } = review;
  const terms = (tighter: Tighter | null) => ({
    obligations: tighter === null ? review.obligations : tighten(review.obligations, tighter),
    reasons: review.reasons,
    policySet: review.policySet,
    reads: null,
  });
  switch (op.op) {
    case "verdict":
      return {
        kind: "verdict",
        verdict: op.verdict,
        person: personId(op.who),
        assurance: op.assurance,
        vouchers: [],
        digest: digestOf(op.which),
        comment: op.comment,
        rowsMax: op.verdict === "approve" ? op.rowsMax : null,
        view: null,
        hidden: { digest: digestOf(op.which), fields: hiddenFields.map(hiddenField) },
        idempotencyKey: op.key,
      };
    case "reveal":
      return {
        kind: "reveal",
        person: personId(op.who),
        digest: digestOf(op.which),
        field: op.field,
        entities: [op.field],
      };
    case "override": {
      const revision = action.revision + 1;
      const edited = { ...action, revision, command: `edit ${revision}` };
      return {
        kind: "override",
        person: personId(op.who),
        assurance: op.assurance,
        vouchers: [],
        digest: digestOf(op.which),
        caller: op.caller,
        edited: { action: edited, digest: actionDigest(edited) },
        terms: terms(op.tighter),
        narrows: op.narrows,
        comment: op.comment,
        content: "c".repeat(64) as Digest,
        idempotencyKey: op.key,
      };
    }
    case "expire":
      return { kind: "expire" };
    case "cancel":
    case "detach":
      return { kind: op.op, caller: op.caller };
    case "attach":
      return {
        kind: "attach",
        caller: op.caller,
        people: op.bars.map(personId),
        unknownBefore: null,
      };
    case "edit": {
      const changed = { ...action, revision: action.revision + 1 };
      const note = "edited";
      return {
        kind: "reopen",
        action: changed,
        digest: actionDigest(changed),
        terms: terms(null),
        note,
      };
    }
    case "tighten":
      return { kind: "reopen", action, digest, terms: terms(op.tighter), note: "tightened" };
    case "void":
      return {
        kind: "void",
        decision: { effect: "deny", cause: "forbidden", reasons: [], policySet },
      };
    case "claim":
      return {
        kind: "claim",
        caller: op.caller,
        digest: digestOf(op.which),
        terms: terms(op.tighter),
      };
    case "outcome":
      return { kind: "outcome", state: op.state, detail: null, rows: null };
    case "wait":
    case "regroup":
    case "forget":
      return assert.fail("not an event of the review");
  }
}

function hiddenField(field: HiddenField): Hidden["fields"][number] {
  return { field, entities: [field], isUnread: false };
}
