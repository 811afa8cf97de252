/** A review as it opens, and the people around it, for the tests of this folder. */
import assert from "node:assert/strict";
import type { Action } from "#/core/action.ts";
import { actionDigest } from "#/core/digest.ts";
import type { ActionId, CallerId, Digest, PersonId, ReviewId } from "#/core/ids.ts";
import type { Obligations } from "#/core/obligation.ts";
import type { Person } from "#/core/principal.ts";
import type { Review } from "#/core/review.ts";
import type { PeopleLookup, ReviewEvent, VerdictEvent } from "./event.ts";
import { transition } from "./machine.ts";

export const openedAt = 1_000_000;
export const hour = 60 * 60 * 1000;

/** In no leaf may any of these be found. */
export const privateWords = ["delete from customers", "Ms ", "because", "shop_owner"] as const;

export const caller = "caller_1" as CallerId;
export const otherCaller = "caller_2" as CallerId;

export function personId(name: string): PersonId {
  return `per_${name}` as PersonId;
}

export function person(
  name: string,
  groups: readonly string[],
  changes: Partial<Person> = {},
): Person {
  return {
    id: personId(name),
    issuer: "https://id.example",
    subject: name,
    name: `Ms ${name}`,
    groups,
    since: 0,
    ...changes,
  };
}

export function lookup(people: readonly Person[]): PeopleLookup {
  const byId = new Map(people.map((someone) => [someone.id, someone]));
  return (id) => byId.get(id) ?? null;
}

/** Owner and requester of the action are both in every group that could be asked. */
export const people = lookup([
  person("owner", ["dba", "security", "admin"]),
  person("requester", ["dba", "security"]),
  person("ada", ["dba"]),
  person("bob", ["dba"]),
  person("cy", ["security"]),
  person("dee", ["dba", "security"]),
  person("eve", ["admin"]),
  person("late", ["dba"], { since: openedAt + 1 }),
]);

export const oneDba: Obligations = {
  quorum: [{ group: "dba", needed: 1 }],
  ttlMs: 4 * hour,
  validMs: 5 * 60 * 1000,
  assurance: "session",
  rows: null,
  masks: [],
  reveals: [],
};

export const twoDbaOneSecurity: Obligations = {
  ...oneDba,
  quorum: [
    { group: "dba", needed: 2 },
    { group: "security", needed: 1 },
  ],
};

export const policySet = "a".repeat(64) as Digest;

export function action(changes: Partial<Action> = {}): Action {
  return {
    id: "act_1" as ActionId,
    family: "sql",
    verbs: ["sql.write"],
    principal: {
      kind: "agent",
      name: "importer",
      groups: [],
      onBehalfOf: { id: personId("requester"), name: "Ms requester" },
      people: [personId("owner"), personId("requester")],
    },
    resource: {
      connection: "shop",
      kind: "postgres",
      environment: "production",
      labels: {},
      endpoint: "db.example:5432",
      database: "shop",
      role: "shop_owner",
    },
    command: "delete from customers where id = 7",
    parameters: [],
    facts: {
      family: "sql",
      statements: 1,
      kinds: ["delete"],
      reads: [],
      writes: ["customers"],
      functions: [],
      settings: [],
      filtered: true,
      maskedUse: false,
      literals: [],
      uncounted: null,
      opaque: null,
    },
    agentReason: null,
    session: "session_1",
    fingerprint: "fingerprint",
    revision: 1,
    salt: "00".repeat(32),
    data: null,
    proposedAt: openedAt,
    ...changes,
  };
}

export function pendingReview(changes: Partial<Review> = {}): Review {
  const obligations = changes.obligations ?? oneDba;
  return {
    id: "rev_1" as ReviewId,
    version: 1,
    state: "pending",
    action: action(),
    digest: actionDigest(action()),
    joinKey: "join",
    obligations,
    reasons: [{ policy: "held", text: "Deletes are held." }],
    policySet,
    reads: null,
    barred: [personId("owner"), personId("requester")],
    verdicts: [],
    overrides: [],
    reveals: [],
    asked: null,
    effect: null,
    unknownBefore: null,
    measuredLeast: null,
    touched: null,
    transaction: null,
    openedAt,
    expiresAt: openedAt + obligations.ttlMs,
    decidedAt: null,
    validUntil: null,
    caller,
    execution: null,
    voidedBy: null,
    note: null,
    ...changes,
  };
}

export function verdict(
  review: Review,
  name: string,
  changes: Partial<VerdictEvent> = {},
): VerdictEvent {
  const kind = changes.verdict ?? "approve";
  return {
    kind: "verdict",
    verdict: kind,
    person: personId(name),
    assurance: "session",
    vouchers: [],
    digest: review.digest,
    comment: kind === "approve" ? null : "because",
    rowsMax: null,
    view: null,
    hidden: { digest: changes.digest ?? review.digest, fields: [] },
    idempotencyKey: `${name}/${review.version}`,
    ...changes,
  };
}

/** What comes of an event a second after the review was opened. */
export function apply(
  review: Review,
  event: ReviewEvent,
  at = openedAt + 1000,
  known = people,
): Review {
  const result = transition(review, event, at, known);
  assert(result.kind === "moved", `moved, not ${JSON.stringify(result)}`);
  assert.equal(result.review.version, review.version + 1);
  return result.review;
}
