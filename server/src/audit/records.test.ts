import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Action, PostgresResource } from "#/core/action.ts";
import type { Decision } from "#/core/decision.ts";
import { actionDigest } from "#/core/digest.ts";
import { unclaimed } from "#/core/facts.ts";
import type { ActionId, CallerId, Digest, PersonId, ReviewId } from "#/core/ids.ts";
import type { RecordDraft } from "#/core/record.ts";
import type { Review, Verdict } from "#/core/review.ts";
import { reviewClaimedRecord, reviewOutcomeRecord } from "./execution-records.ts";
import { leafBytesMax, parseLeaf } from "./leaf.ts";
import { payloadKey, seal } from "./log.test-support.ts";
import { createPayloadBox, openPayload } from "./payload.ts";
import { readRecordedAction } from "./recorded-action.ts";
import { actionRecord, executionRecord } from "./records.ts";
import {
  reviewCallerRecord,
  reviewEndedRecord,
  reviewOpenedRecords,
  reviewReopenedRecord,
  reviewVerdictRecords,
  reviewVoidedRecord,
} from "./review-records.ts";

/** Long enough never to occur by chance. */
const privateText = fc.stringMatching(/^private [a-z0-9'";\\\n é]{12,30}$/);
const opaqueId = fc.stringMatching(/^per_[a-z0-9]{26}$/) as fc.Arbitrary<PersonId>;
const at = Date.UTC(2026, 10, 22);
const policySet = "a".repeat(64) as Digest;

/** Whatever a person or a program could have typed: each of these is payload. */
const secrets = fc.record({
  agentReason: privateText,
  command: privateText,
  parameter: privateText,
  personName: privateText,
  onBehalfOf: privateText,
  endpoint: privateText,
  database: privateText,
  role: privateText,
  session: privateText,
  fingerprint: privateText,
  salt: privateText,
  comment: privateText,
  relation: privateText,
  function: privateText,
  literalColumn: privateText,
  opaque: privateText,
  reason: privateText,
  note: privateText,
  joinKey: privateText,
  idempotencyKey: privateText,
  subject: privateText,
  label: privateText,
  caller: privateText,
  dataDigest: privateText,
  dataColumn: privateText,
  dataValue: privateText,
});
type Secrets = typeof secrets extends fc.Arbitrary<infer Value> ? Value : never;

function actionOf(hidden: Secrets, person: PersonId, kind: "agent" | "user"): Action {
  return {
    id: "act_1" as ActionId,
    family: "sql",
    verbs: ["sql.read", "sql.write"],
    principal: {
      kind,
      name: kind === "user" ? hidden.personName : "importer",
      groups: [],
      onBehalfOf: { id: person, name: hidden.onBehalfOf },
      people: [person],
    },
    resource: {
      connection: "shop",
      kind: "postgres",
      environment: "production",
      labels: { label: hidden.label },
      endpoint: hidden.endpoint,
      database: hidden.database,
      role: hidden.role,
    },
    command: hidden.command,
    parameters: [
      { type: 25, format: "text", bytes: Buffer.from(hidden.parameter).toString("base64") },
    ],
    facts: {
      family: "sql",
      statements: 1,
      kinds: ["delete"],
      reads: [hidden.relation],
      writes: [hidden.relation],
      functions: [hidden.function],
      settings: [],
      filtered: true,
      maskedUse: false,
      literals: [{ start: 0, end: 1, kind: "string", column: hidden.literalColumn }],
      uncounted: null,
      opaque: hidden.opaque,
    },
    agentReason: hidden.agentReason,
    session: hidden.session,
    fingerprint: hidden.fingerprint,
    revision: 1,
    salt: hidden.salt,
    data: {
      format: "csv",
      sha256: hidden.dataDigest,
      bytes: 1,
      rows: 1,
      columns: [hidden.dataColumn],
      firstRows: [
        {
          values: [
            {
              type: 25,
              format: "text",
              bytes: Buffer.from(hidden.dataValue).toString("base64"),
            },
          ],
          isCut: false,
        },
      ],
    },
    proposedAt: at,
  };
}

const obligations = {
  quorum: [{ group: "dba", needed: 1 }],
  ttlMs: 1000,
  validMs: 1000,
  assurance: "session",
  rows: { max: 5, policy: "held" },
  masks: [{ target: { kind: "entity", entity: "email" }, masker: "redact" }],
  reveals: ["iban"],
} as const;

function reviewOf(action: Action, hidden: Secrets, person: PersonId): Review {
  return {
    id: "rev_1" as ReviewId,
    version: 2,
    state: "pending",
    action,
    digest: actionDigest(action),
    joinKey: hidden.joinKey,
    obligations,
    reasons: [{ policy: "held", text: hidden.reason }],
    policySet,
    reads: null,
    barred: [person],
    verdicts: [],
    overrides: [],
    reveals: [],
    asked: null,
    effect: null,
    unknownBefore: null,
    measuredLeast: null,
    touched: null,
    transaction: null,
    openedAt: at,
    expiresAt: at + 1000,
    decidedAt: null,
    validUntil: null,
    caller: hidden.caller as CallerId,
    execution: null,
    voidedBy: null,
    note: hidden.note,
  };
}

function verdictOf(review: Review, hidden: Secrets, person: PersonId): Verdict {
  return {
    kind: "approve",
    person: { id: person, name: hidden.personName },
    groups: ["dba", "not asked"],
    assurance: "session",
    vouchers: [],
    comment: hidden.comment,
    rowsMax: 3,
    rowsMeasured: 2,
    view: review.digest,
    revealed: ["iban"],
    digest: review.digest,
    revision: 1,
    at,
    idempotencyKey: hidden.idempotencyKey,
  };
}

/** One of every kind of record that tells of an action. */
function draftsOf(hidden: Secrets, person: PersonId, kind: "agent" | "user"): RecordDraft[] {
  const action = actionOf(hidden, person, kind);
  const digest = actionDigest(action);
  const reasons = [{ policy: "held", text: hidden.reason }];
  const held: Decision = { effect: "review", reasons, obligations, policySet };
  const denied: Decision = { effect: "deny", cause: "forbidden", reasons, policySet };
  const review = reviewOf(action, hidden, person);
  const verdict = verdictOf(review, hidden, person);
  const slots = [{ group: "dba", needed: 1, given: [person] }];
  const changed = { ...review, digest: policySet };
  const ended = (state: Review["state"]) => ({ ...review, state, validUntil: at });
  const executed = {
    ...review,
    execution: { state: "executed", claimedAt: at, finishedAt: at, detail: "DELETE 1" } as const,
  };
  return [
    actionRecord(action, digest, { ...held, effect: "allow" }, null, at),
    actionRecord(action, digest, denied, null, at),
    ...reviewOpenedRecords(review, held),
    ...reviewVerdictRecords(ended("approved"), verdict, slots),
    ...reviewVerdictRecords(ended("denied"), { ...verdict, kind: "deny" }, slots),
    ...reviewVerdictRecords(review, verdict, slots),
    reviewEndedRecord("review.expired", review, "pending", at),
    reviewVoidedRecord(review, "approved", "forbidden", at),
    reviewReopenedRecord(review, changed, at),
    reviewCallerRecord("review.attached", review, at),
    reviewClaimedRecord(review, slots, 3, at),
    reviewOutcomeRecord(executed, "claimed", { rows: 1 }, at),
    executionRecord("execution.completed", action.id, at, { rows: 1, detail: "DELETE 1" }),
  ];
}

test("no word of a command, a value, a person or a reviewer is in any leaf or ciphertext", () => {
  fc.assert(
    fc.property(secrets, opaqueId, fc.constantFrom("agent", "user"), (hidden, person, kind) => {
      const written = Object.values(hidden).flatMap((text) => [
        text,
        JSON.stringify(text).slice(1, -1),
        Buffer.from(text).toString("base64"),
      ]);
      for (const draft of draftsOf(hidden, person, kind)) {
        const { leaf, payload } = seal(draft);
        assert.notEqual(parseLeaf(leaf), null);
        for (const bytes of [leaf, payload ?? Buffer.alloc(0)]) {
          const found = written.filter((text) => Buffer.from(bytes).includes(text));
          assert.deepEqual(found, [], draft.type);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("every record of an action names the action and stays far below the bound", () => {
  const [hidden = assert.fail()] = fc.sample(secrets, 1);
  for (const draft of draftsOf(hidden, "per_1" as PersonId, "agent")) {
    const { leaf } = seal(draft);
    assert.equal(parseLeaf(leaf)?.action, "act_1");
    assert(leaf.length < leafBytesMax / 3, `${draft.type}: ${leaf.length}`);
  }
});

test("of a call the log keeps what it would do, and in the leaf nothing of it", () => {
  const [hidden = assert.fail()] = fc.sample(secrets, 1);
  const kept = {
    family: "mcp",
    method: "tools/call",
    name: "create_refund",
    claims: unclaimed,
    definition: "first",
    toolClass: "send",
  } as const;
  const action: Action = {
    ...actionOf(hidden, "per_1" as PersonId, "agent"),
    verbs: ["mcp.call"],
    resource: {
      connection: "payments",
      kind: "mcp",
      environment: "production",
      labels: {},
      endpoint: "https://mcp.example.com/v1",
    },
    facts: {
      ...kept,
      arguments: { customer: hidden.personName },
      rounded: [],
      flags: [],
      saysOpenWorld: false,
      literals: [],
    },
  };
  const allowed: Decision = { effect: "allow", reasons: [], obligations, policySet };
  const { leaf, payload } = seal(actionRecord(action, actionDigest(action), allowed, null, at));
  assert(!Buffer.from(leaf).includes("create_refund"));
  const opened = openPayload(createPayloadBox(payloadKey), payload ?? assert.fail());
  const recorded = readRecordedAction(parseLeaf(leaf) ?? assert.fail(), opened.payload);
  const { database, role, facts } = recorded.payload ?? assert.fail();
  assert.deepEqual([database, role, facts], [null, null, kept]);
});

test("what a statement does, and why its agent says that it wants it, is read again from its record", () => {
  const [hidden = assert.fail()] = fc.sample(secrets, 1);
  const action = actionOf(hidden, "per_1" as PersonId, "agent");
  assert(action.facts.family === "sql");
  const { kinds, reads, writes, functions, filtered, opaque } = action.facts;
  for (const maskedUse of [true, false]) {
    const facts = { ...action.facts, maskedUse };
    const allowed: Decision = { effect: "allow", reasons: [], obligations, policySet };
    const of = { ...action, facts };
    const { leaf, payload } = seal(actionRecord(of, actionDigest(of), allowed, null, at));
    const opened = openPayload(createPayloadBox(payloadKey), payload ?? assert.fail());
    const recorded = readRecordedAction(parseLeaf(leaf) ?? assert.fail(), opened.payload);
    assert.deepEqual(recorded.payload?.facts, {
      family: "sql",
      kinds,
      reads,
      writes,
      functions,
      filtered,
      maskedUse,
      opaque,
    });
    assert.equal(recorded.payload.agentReason, hidden.agentReason);
  }
});

type Kept = Pick<Action, "command" | "parameters" | "data" | "fingerprint" | "salt"> &
  Pick<PostgresResource, "endpoint" | "database" | "role"> & { readonly principal: string };

test("the digest can be taken again from leaf and payload", () => {
  const [hidden = assert.fail()] = fc.sample(secrets, 1);
  const action = actionOf(hidden, "per_1" as PersonId, "agent");
  const allowed: Decision = { effect: "allow", reasons: [], obligations, policySet };
  const { leaf, payload } = seal(actionRecord(action, actionDigest(action), allowed, null, at));
  const { body } = parseLeaf(leaf) ?? assert.fail();
  const opened = openPayload(createPayloadBox(payloadKey), payload ?? assert.fail());
  const kept = opened.payload as unknown as Kept;
  const again = actionDigest({
    ...action,
    verbs: body["verbs"] as never,
    revision: body["revision"] as number,
    principal: {
      ...action.principal,
      kind: "agent",
      name: kept.principal,
      onBehalfOf: { id: body["onBehalfOf"] as PersonId, name: "" },
    },
    resource: {
      ...(action.resource as PostgresResource),
      connection: body["connection"] as string,
      endpoint: kept.endpoint,
      database: kept.database,
      role: kept.role,
    },
    command: kept.command,
    parameters: kept.parameters,
    data: kept.data,
    fingerprint: kept.fingerprint,
    salt: kept.salt,
  });
  assert.equal(body["digest"], again);
});
