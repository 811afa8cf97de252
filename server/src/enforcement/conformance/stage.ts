/**
 * What a proxy under test is put into: enforcement with real reviews and real policies, over a store whose
 * writes a test can hold back or break, with a clock that the test turns.
 *
 * Waits are for things that happen, never for time: every durable change and every `touch` looks again.
 */

import assert from "node:assert/strict";
import { createRecorder } from "#/audit/recorder.ts";
import type { PersonId } from "#/core/ids.ts";
import type { Person, Principal } from "#/core/principal.ts";
import type { ShownRuns } from "#/core/pseudonym.ts";
import type { RecordDraft } from "#/core/record.ts";
import type { Review } from "#/core/review.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { createSessionLabels } from "#/enforcement/session-labels.ts";
import { type ManualClock, manualClock, systemClock } from "#/platform/clock.ts";
import { silentLog } from "#/platform/log.ts";
import { createPolicy } from "#/policy/evaluate.ts";
import { loadPolicies, type PolicySet } from "#/policy/load.ts";
import { createReviewFeed } from "#/review/feed.ts";
import { giveVerdict, type ReviewDeps } from "#/review/life.ts";
import {
  type HeldWrite,
  type RecordMatch,
  type StageStore,
  watchWrites,
} from "./watched-writes.ts";

export interface Stage {
  readonly deps: EnforcementDeps;
  readonly principal: Principal;
  readonly clock: ManualClock;
  /** What is durable, in order. */
  readonly records: readonly RecordDraft[];
  readonly reviews: ReadonlyMap<string, Review>;
  /** Something happened outside of the store that somebody may be waiting for. */
  touch(): void;
  /** Resolves with the first answer that is neither undefined nor false. */
  until<Answer>(look: () => Answer | undefined | false): Promise<Answer>;
  /** From now on these rules decide, in Cedar. */
  rule(text: string): void;
  /** From now on policy fails. */
  breakPolicy(): void;
  /** Called whenever policy is asked, before it answers. */
  onAsked(call: () => void): void;
  /** The first write with such a record waits. */
  holdWrite(matches: RecordMatch): HeldWrite;
  /** Every write with such a record fails; `reached` resolves with the first. */
  failWrites(matches: RecordMatch): Pick<HeldWrite, "reached">;
  give(
    review: Review,
    who: string,
    verdict?: "approve" | "deny",
    rowsMax?: number,
  ): Promise<Review>;
  close(): Promise<void>;
}

const sets = new Map<string, PolicySet>();

/** A file's stages mostly have the same rules, and to check them takes longer than what a test does with them. */
function loaded(text: string): PolicySet {
  const known = sets.get(text);
  if (known !== undefined) return known;
  const load = loadPolicies([{ path: "conformance.cedar", text }]);
  assert(load.ok, JSON.stringify(load));
  sets.set(text, load.set);
  return load.set;
}

export const holdMaxMs = 60_000;
export const holdInTransactionMaxMs = 30_000;
const startedAt = 1_790_000_000_000;

/** `owner` answers for the agent; the others do not. */
const people: readonly Person[] = ["ada", "bob", "owner"].map((name) => ({
  id: personId(name),
  issuer: "https://id.example",
  subject: name,
  name: `Ms ${name}`,
  groups: ["dba"],
  since: 0,
}));

const principal: Principal = {
  kind: "agent",
  name: "importer",
  groups: [],
  onBehalfOf: null,
  people: [personId("owner")],
};

export function openStage(store: StageStore): Stage {
  const clock = manualClock(startedAt);
  const watch = createWatch();
  const writes = watchWrites(store, watch.touch);
  const reviewDeps: ReviewDeps = {
    store: writes.store,
    clock,
    people: (id) => people.find((person) => person.id === id) ?? null,
    reviewsOpenMax: 1000,
  };
  const stopping = new AbortController();
  const feed = createReviewFeed({ store: writes.store, clock, log: silentLog }, stopping.signal);
  let evaluate: EnforcementDeps["evaluate"] = () => assert.fail("no rules yet");
  let neverPermits: EnforcementDeps["neverPermits"] = () => false;
  let maskedColumns: EnforcementDeps["maskedColumns"] = () => [];
  let asked = () => {};
  return {
    deps: {
      evaluate: (action) => {
        asked();
        return evaluate(action);
      },
      neverPermits: (action) => neverPermits(action),
      maskedColumns: (resource) => maskedColumns(resource),
      // What nobody waits for is recorded in a moment, whether or not the test lets time pass.
      recorder: createRecorder(writes.store, systemClock, silentLog),
      reviews: reviewDeps,
      feed,
      waiting: new Map(),
      labels: createSessionLabels({ clock, dataOf: () => null }),
      joinSecret: Buffer.alloc(32, 7),
      holdMaxMs,
      holdInTransactionMaxMs,
      reviewUrl: (review) => `https://gateway.example/reviews/${review}`,
      clock,
      log: silentLog,
    },
    principal,
    clock,
    records: writes.records,
    reviews: writes.reviews,
    touch: watch.touch,
    until: watch.until,
    rule(text) {
      const policy = createPolicy(loaded(text));
      evaluate = policy.evaluate;
      neverPermits = policy.neverPermits;
      maskedColumns = policy.maskedColumns;
    },
    breakPolicy() {
      evaluate = () => {
        throw new Error("the policy engine failed");
      };
    },
    onAsked(call) {
      asked = call;
    },
    holdWrite: writes.hold,
    failWrites: writes.fail,
    give: (review, who, verdict = "approve", rowsMax) =>
      giveVerdict(reviewDeps, review.id, {
        verdict,
        person: personId(who),
        assurance: "session",
        vouchers: [],
        digest: review.digest,
        comment: verdict === "approve" ? null : "because",
        rowsMax: rowsMax ?? null,
        view: null,
        hidden: { digest: review.digest, fields: [] },
        idempotencyKey: `${who}/${review.id}/${review.version}`,
      }),
    async close() {
      stopping.abort(new Error("the test is over"));
      await feed.ended;
    },
  };
}

function personId(name: string): PersonId {
  return `per_${name}` as PersonId;
}

function createWatch(): Pick<Stage, "touch" | "until"> {
  let looks: (() => void)[] = [];
  const touch = () => {
    const due = looks;
    looks = [];
    for (const look of due) look();
  };
  const until: Stage["until"] = (condition) =>
    new Promise((resolve) => {
      const look = () => {
        const answer = condition();
        if (answer === undefined || answer === false) looks.push(look);
        else resolve(answer);
      };
      look();
    });
  return { touch, until };
}

/** What people are shown of an action in which nothing is masked. */
export function nothingMasked({ digest }: Pick<Review, "digest">): ShownRuns {
  return { digest, pseudonyms: [], literals: [], parameters: [] };
}
