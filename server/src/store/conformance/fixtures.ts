/** Drafts and reviews for the conformance suite. */
import type { Action } from "#/core/action.ts";
import { unclaimed } from "#/core/facts.ts";
import type { ActionId, CallerId, Digest, PersonId, ReviewId } from "#/core/ids.ts";
import { noObligations } from "#/core/obligation.ts";
import type { RecordDraft } from "#/core/record.ts";
import type { Review } from "#/core/review.ts";

export const openedAt = 1_790_000_000_000;

/** Must be readable nowhere but through the store. */
export const secretCommand = "delete from patients where name = 'Rumpelstilzchen'";

export function draft(name: string, changes: Partial<RecordDraft> = {}): RecordDraft {
  return {
    type: "action.allowed",
    at: openedAt,
    action: `act_${name}` as ActionId,
    review: null,
    body: { name },
    payload: { command: secretCommand },
    ...changes,
  };
}

/** A string that has no canonical form: no ledger can make a leaf of it. */
export function unwritableDraft(): RecordDraft {
  return draft("unwritable", { body: { name: "\ud800" } });
}

export function reviewId(name: string): ReviewId {
  return `rev_${name}` as ReviewId;
}

export function personId(name: string): PersonId {
  return `per_${name}` as PersonId;
}

export function pendingReview(name: string, changes: Partial<Review> = {}): Review {
  const digest = "ab".repeat(32) as Digest;
  return {
    id: reviewId(name),
    version: 1,
    state: "pending",
    action: {
      id: `act_${name}` as ActionId,
      family: "sql",
      verbs: ["sql.write"],
      principal: { kind: "agent", name: "importer", groups: [], onBehalfOf: null, people: [] },
      resource: {
        connection: "shop",
        kind: "postgres",
        environment: "production",
        labels: {},
        endpoint: "db.example:5432",
        database: "shop",
        role: "app",
      },
      command: secretCommand,
      parameters: [{ type: 25, format: "text", bytes: null }],
      facts: {
        family: "sql",
        statements: 1,
        kinds: ["delete"],
        reads: [],
        writes: ["patients"],
        functions: [],
        settings: [],
        filtered: true,
        maskedUse: false,
        literals: [{ start: 34, end: 52, kind: "string", column: "name" }],
        uncounted: null,
        opaque: null,
      },
      session: "session_1",
      fingerprint: "fingerprint",
      revision: 1,
      salt: "00".repeat(32),
      data: null,
      agentReason: null,
      proposedAt: openedAt,
    },
    digest,
    joinKey: "join",
    obligations: { ...noObligations, quorum: [{ group: "dba", needed: 1 }] },
    reasons: [{ policy: "writes-are-held", text: "Writes are held – also “these”." }],
    policySet: digest,
    reads: null,
    barred: [personId("owner")],
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
    expiresAt: openedAt + 1000,
    decidedAt: null,
    validUntil: null,
    caller: null,
    execution: null,
    voidedBy: null,
    note: secretCommand,
    ...changes,
  };
}

/** Of a call of an MCP server's tool. */
export function pendingCall(name: string): Review {
  const review = pendingReview(name);
  const call = {
    customer: "Rumpelstilzchen",
    amount: 12.5,
    items: [null, { id: 9007199254740992 }],
  };
  const action: Action = {
    ...review.action,
    family: "mcp",
    verbs: ["mcp.call"],
    resource: {
      connection: "payments",
      kind: "mcp",
      environment: "production",
      labels: {},
      endpoint: "https://mcp.example.com/v1",
    },
    command: JSON.stringify({ method: "tools/call", name: "create_refund", arguments: call }),
    parameters: [],
    facts: {
      family: "mcp",
      method: "tools/call",
      name: "create_refund",
      arguments: call,
      rounded: ["arguments.items.id"],
      claims: unclaimed,
      definition: "first",
      toolClass: "send",
      flags: [],
      saysOpenWorld: false,
      literals: [{ start: 11, end: 23, kind: "string", column: "method" }],
    },
  };
  return { ...review, action };
}

export function callerId(name: string): CallerId {
  return `caller_${name}` as CallerId;
}

/** The next version, with these changes. */
export function changed(review: Review, changes: Partial<Review> = {}): Review {
  return { ...review, version: review.version + 1, ...changes };
}

/** The same review, asked for by another agent. */
export function askedBy(review: Review, agent: string): Review {
  const { action } = review;
  return { ...review, action: { ...action, principal: { ...action.principal, name: agent } } };
}
