/**
 * The machine against a small model of the same rules, written apart from it, over random sequences of
 * verdicts, callers, edits, rule changes, group changes and time. `problemsOf` judges each history besides.
 */
import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { actionDigest } from "#/core/digest.ts";
import type { CallerId, Digest, PersonId } from "#/core/ids.ts";
import type { Obligations } from "#/core/obligation.ts";
import { type Assurance, assurances, type Person } from "#/core/principal.ts";
import {
  type ExecutionState,
  executionStates,
  type Review,
  type ReviewState,
  reviewStates,
  type VerdictKind,
} from "#/core/review.ts";
import type { Hidden } from "#/core/view.ts";
import type { OutcomeEvent, ReviewEvent } from "./event.ts";
import {
  caller,
  lookup,
  openedAt,
  otherCaller,
  pendingReview,
  person,
  personId,
  policySet,
} from "./fixtures.test-support.ts";
import { canFill, type JudgedStep, problemsOf } from "./history.test-support.ts";
import { transition } from "./machine.ts";

type Which = "current" | "stale" | "other";

interface Tighter {
  readonly group: string | null;
  readonly needed: number;
  readonly assurance: Assurance;
  readonly validMs: number;
  readonly ttlMs: number;
  readonly reveals: readonly HiddenField[];
}

/** What stands masked in the action: a value of each kind. */
const hiddenFields = ["email", "iban"] as const;
type HiddenField = (typeof hiddenFields)[number];

type Op =
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

interface Script {
  readonly obligations: Obligations;
  readonly ops: readonly Op[];
}

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

function eventOf(op: Op, review: Review, digests: readonly Digest[]): ReviewEvent {
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

function tighten(obligations: Obligations, tighter: Tighter): Obligations {
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

interface View {
  readonly phase: ReviewState;
  readonly running: ExecutionState | null;
  readonly waits: CallerId | null;
  readonly revision: number;
  readonly votes: number;
  readonly edits: number;
  readonly reveals: number;
  readonly barred: readonly PersonId[];
  readonly until: number | null;
}

function viewOf(review: Review): View {
  return {
    phase: review.state,
    running: review.execution?.state ?? null,
    waits: review.caller,
    revision: review.action.revision,
    votes: review.verdicts.length,
    edits: review.overrides.length,
    reveals: review.reveals.length,
    barred: review.barred.toSorted(),
    until: review.state === "pending" ? review.expiresAt : review.validUntil,
  };
}

interface Vote {
  readonly op: Pick<
    Extract<Op, { readonly op: "verdict" }>,
    "who" | "verdict" | "assurance" | "comment" | "rowsMax" | "key"
  >;
  readonly groups: readonly string[];
  readonly revision: number;
  /** What its giver had revealed. */
  readonly seen: readonly string[];
}

function openModel(opened: Obligations) {
  let asked = opened;
  let phase: ReviewState = "pending";
  let running: ExecutionState | null = null;
  let waits: CallerId | null = caller;
  let revision = 1;
  let deadline = openedAt + opened.ttlMs;
  let yesAt = 0;
  let lapse: number | null = null;
  const votes: Vote[] = [];
  const reveals: { readonly who: string; readonly field: HiddenField; readonly on: number }[] = [];
  const edits: { readonly op: Extract<Op, { readonly op: "override" }>; readonly on: number }[] =
    [];
  const tied = ["owner", "requester"];
  const barred = new Set(tied);

  const over = (now: number) => {
    if (running !== null) return true;
    if (phase === "pending") return now >= deadline;
    return phase !== "approved" || now >= (lapse ?? 0);
  };
  const spokenFor = (
    who: string,
    world: ReadonlyMap<string, Person>,
    isBarred = barred.has(who),
  ) => {
    const someone = world.get(who);
    if (someone === undefined || isBarred || someone.since > openedAt) return [];
    return someone.groups.filter((group) => asked.quorum.some((slot) => slot.group === group));
  };
  const strong = (given: Assurance) =>
    assurances.indexOf(given) >= assurances.indexOf(asked.assurance);
  const seenBy = (who: string) =>
    reveals.filter((one) => one.who === who && one.on === revision).map(({ field }) => field);
  const sawAll = (seen: readonly string[]) => asked.reveals.every((field) => seen.includes(field));
  const standing = (world: ReadonlyMap<string, Person>) =>
    votes
      .filter((vote) => vote.revision === revision && strong(vote.op.assurance))
      .filter((vote) => vote.op.verdict !== "approve" || sawAll(vote.seen))
      .map((vote) => ({
        who: vote.op.who,
        verdict: vote.op.verdict,
        groups: spokenFor(vote.op.who, world).filter((group) => vote.groups.includes(group)),
      }))
      .filter(({ groups }) => groups.length > 0);
  const enough = (world: ReadonlyMap<string, Person>) => {
    const byPerson = Map.groupBy(
      standing(world).filter(({ verdict }) => verdict === "approve"),
      ({ who }) => who,
    );
    const people = [...byPerson.values()].map((all) => all.flatMap(({ groups }) => groups));
    return canFill(asked.quorum, people);
  };
  const end = (state: ReviewState) => {
    phase = state;
    waits = null;
    return "moved" as const;
  };
  const pendAgain = (now: number) => {
    phase = "pending";
    deadline = now + asked.ttlMs;
    lapse = null;
    return "moved" as const;
  };

  const isOn = (op: { readonly which: Which }, earlier: number) =>
    (op.which === "current" && earlier === revision) ||
    (op.which === "stale" && earlier === revision - 1);
  const edit = (
    op: Extract<Op, { readonly op: "override" }>,
    now: number,
    world: ReadonlyMap<string, Person>,
  ) => {
    const earlier = edits.find((one) => one.op.who === op.who && one.op.key === op.key);
    if (earlier !== undefined) {
      return earlier.op.comment === op.comment && isOn(op, earlier.on) ? "unchanged" : "refused";
    }
    if (phase !== "pending" || over(now) || op.which !== "current") return "refused";
    if (spokenFor(op.who, world).length === 0 || !strong(op.assurance)) return "refused";
    if (op.comment === null || waits !== op.caller || edits.length >= 10) return "refused";
    edits.push({ op, on: revision });
    const seen = seenBy(op.who);
    if (op.tighter !== null) asked = tighten(asked, op.tighter);
    revision += 1;
    pendAgain(now);
    if (!op.narrows) barred.add(op.who);
    else {
      votes.push({
        op: { ...op, verdict: "approve", rowsMax: null },
        groups: world.get(op.who)?.groups ?? [],
        revision,
        seen,
      });
      if (enough(world)) {
        phase = "approved";
        yesAt = now;
        lapse = now + asked.validMs;
      }
    }
    return "moved";
  };

  const vote = (
    op: Extract<Op, { readonly op: "verdict" }>,
    now: number,
    world: ReadonlyMap<string, Person>,
  ) => {
    const earlier = votes.find((one) => one.op.who === op.who && one.op.key === op.key);
    if (earlier !== undefined) {
      const same =
        earlier.op.verdict === op.verdict &&
        earlier.op.comment === op.comment &&
        (op.verdict !== "approve" || earlier.op.rowsMax === op.rowsMax) &&
        isOn(op, earlier.revision);
      return same ? "unchanged" : "refused";
    }
    const groups = world.get(op.who)?.groups ?? [];
    if (phase !== "pending" || over(now) || op.which !== "current") return "refused";
    // Whoever edited it can stop it, unless it is their own.
    const edited = edits.some((one) => one.op.who === op.who) && !tied.includes(op.who);
    const isBarred = barred.has(op.who) && !(edited && op.verdict !== "approve");
    if (spokenFor(op.who, world, isBarred).length === 0 || !strong(op.assurance)) return "refused";
    if (standing(world).some(({ who }) => who === op.who)) return "refused";
    if (op.verdict !== "approve" && op.comment === null) return "refused";
    const seen = seenBy(op.who);
    if (op.verdict === "approve" && !sawAll(seen)) return "refused";
    votes.push({ op, groups, revision, seen });
    if (op.verdict === "deny") return end("denied");
    if (op.verdict === "request_changes") return end("changes_requested");
    if (enough(world)) {
      phase = "approved";
      yesAt = now;
      lapse = now + asked.validMs;
    }
    return "moved";
  };

  const step = (op: Op, now: number, world: ReadonlyMap<string, Person>): string => {
    switch (op.op) {
      case "verdict":
        return vote(op, now, world);
      case "override":
        return edit(op, now, world);
      case "reveal":
        if (op.which !== "current") return "refused";
        reveals.push({ who: op.who, field: op.field, on: revision });
        return "moved";
      case "expire":
        if (running !== null || (phase !== "pending" && phase !== "approved")) return "unchanged";
        return over(now) ? end("expired") : "unchanged";
      case "cancel":
        return over(now) || waits !== op.caller ? "refused" : end("cancelled");
      case "detach":
        if (waits !== op.caller || running !== null) return "unchanged";
        waits = null;
        return "moved";
      case "attach":
        if (over(now) || waits !== null) return "refused";
        waits = op.caller;
        for (const who of op.bars) barred.add(who);
        return "moved";
      case "edit":
        if (over(now)) return "refused";
        revision += 1;
        return pendAgain(now);
      case "tighten":
        if (over(now)) return "refused";
        asked = tighten(asked, op.tighter);
        if (phase === "pending") deadline = Math.min(deadline, now + asked.ttlMs);
        else if (!enough(world)) return pendAgain(now);
        else lapse = Math.min(lapse ?? 0, yesAt + asked.validMs);
        return "moved";
      case "void":
        return over(now) ? "refused" : end("voided");
      case "claim": {
        if (over(now) || phase !== "approved" || waits !== op.caller) return "refused";
        if (op.which !== "current") return "refused";
        const stricter = op.tighter === null ? asked : tighten(asked, op.tighter);
        if (now >= yesAt + stricter.validMs) return "refused";
        asked = stricter;
        if (!enough(world)) return pendAgain(now);
        lapse = Math.min(lapse ?? 0, yesAt + asked.validMs);
        running = "claimed";
        return "moved";
      }
      case "outcome":
        if (running === op.state) return "unchanged";
        if (running === "executed_uncommitted" ? op.state === "failed" : running !== "claimed") {
          return "refused";
        }
        if (running === "claimed" && op.state === "rolled_back") return "refused";
        running = op.state;
        if (running !== "executed_uncommitted") waits = null;
        return "moved";
      case "wait":
      case "regroup":
      case "forget":
        return assert.fail("not an event of the review");
    }
  };
  const view = (): View => ({
    phase,
    running,
    waits,
    revision,
    votes: votes.length,
    edits: edits.length,
    reveals: reveals.length,
    barred: [...barred].map(personId).toSorted(),
    until: phase === "pending" ? deadline : lapse,
  });
  return { step, view };
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

const scripts: fc.Arbitrary<Script> = fc.noBias(
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
