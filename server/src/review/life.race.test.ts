/** The operations against each other, in every order that a scheduler can force between their store verbs. */
import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { actionDigest } from "#/core/digest.ts";
import { GatewayError } from "#/core/errors.ts";
import type { ActionId, CallerId, Digest } from "#/core/ids.ts";
import type { Review } from "#/core/review.ts";
import { type ManualClock, manualClock } from "#/platform/clock.ts";
import {
  action,
  caller,
  oneDba,
  openedAt,
  people,
  person,
  policySet,
  twoDbaOneSecurity,
  verdict,
} from "./fixtures.test-support.ts";
import { problemsOf } from "./history.test-support.ts";
import {
  applyEvent,
  type ClaimResult,
  claim,
  giveVerdict,
  joinDetached,
  openReview,
  type ReviewDeps,
} from "./life.ts";
import { openTestStore, type Step } from "./memory-store.test-support.ts";
import { expireDue } from "./settle.ts";

interface Gateway {
  readonly deps: ReviewDeps;
  readonly clock: ManualClock;
  readonly steps: readonly Step[];
}

function gateway(pause?: () => Promise<void>): Gateway {
  const { store, steps } = openTestStore(pause);
  const clock = manualClock(openedAt);
  return { deps: { store, clock, people, reviewsOpenMax: 10 }, clock, steps };
}

async function open(deps: ReviewDeps, id: string, obligations = oneDba): Promise<Review> {
  const held = action({ id: id as ActionId });
  const opened = await openReview(deps, {
    action: held,
    digest: actionDigest(held),
    joinKey: "join",
    decision: { effect: "review", reasons: [], obligations, policySet },
    reads: null,
    caller,
  });
  assert(opened !== "too_many");
  return opened.review;
}

async function approve(deps: ReviewDeps, review: Review, name: string): Promise<boolean> {
  const { kind: _, ...given } = verdict(review, name);
  return await giveVerdict(deps, review.id, given).then(
    () => true,
    (error: unknown) => {
      assert(error instanceof GatewayError);
      return false;
    },
  );
}

const claimOf = (review: Review, by: CallerId = caller) => ({
  caller: by,
  digest: review.digest,
  terms: review,
});

const problems = (steps: readonly Step[]) => problemsOf(steps.map((step) => ({ ...step, people })));

test("of a hundred claims at a time exactly one may run", async () => {
  const { deps, steps } = gateway();
  const review = await open(deps, "act_1");
  assert.ok(await approve(deps, review, "ada"));
  const results = await Promise.all(
    Array.from({ length: 100 }, () => claim(deps, review.id, claimOf(review))),
  );
  assert.equal(results.filter(({ kind }) => kind === "claimed").length, 1);
  assert.ok(
    results.every(
      (result) => result.kind !== "refused" || result.code === "review.already_claimed",
    ),
  );
  assert.deepEqual(problems(steps), []);
});

test("many people who decide at once are each heard once, and none is lost", async () => {
  const crowd = Array.from({ length: 20 }, (_, index) => `dba${index}`);
  const known = new Map(crowd.map((name) => [person(name, ["dba"]).id, person(name, ["dba"])]));
  const base = gateway();
  const deps: ReviewDeps = { ...base.deps, people: (id) => known.get(id) ?? null };
  const obligations = { ...oneDba, quorum: [{ group: "dba", needed: crowd.length }] };
  const review = await open(deps, "act_1", obligations);
  const heard = await Promise.all(crowd.map((name) => approve(deps, review, name)));
  assert.ok(heard.every(Boolean));
  const after = await deps.store.review(review.id);
  assert.deepEqual([after?.state, after?.verdicts.length], ["approved", crowd.length]);
});

test("of many callers that come back, each gets a review of its own or none: twins do not collapse", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const { deps, steps } = gateway(() => scheduler.schedule(Promise.resolve()));
      const joined = (async () => {
        const twins = [await open(deps, "act_1"), await open(deps, "act_2")];
        for (const { id } of twins) await applyEvent(deps, id, { kind: "detach", caller });
        return await Promise.all(
          Array.from({ length: 4 }, (_, index) =>
            joinDetached(deps, "join", { caller: `caller_${index}` as CallerId, people: [] }),
          ),
        );
      })();
      const reviews = (await scheduler.waitFor(joined)).filter((review) => review !== null);
      assert.equal(reviews.length, 2);
      assert.equal(new Set(reviews.map(({ id }) => id)).size, 2);
      assert.equal(new Set(reviews.map((review) => review.caller)).size, 2);
      for (const { id } of reviews) {
        assert.deepEqual(problems(steps.filter(({ after }) => after.id === id)), []);
      }
    }),
    { numRuns: 60 },
  );
});

type Act =
  | { readonly act: "approve" | "deny" | "override"; readonly who: string }
  | { readonly act: "claim" | "leave" | "edit" | "tighten" | "void" | "expire" | "return" }
  | { readonly act: "wait"; readonly ms: number };

const acts: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      act: fc.constant("approve" as const),
      who: fc.constantFrom("ada", "bob", "ada", "bob", "cy", "dee", "owner", "late"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant("override" as const),
      who: fc.constantFrom("ada", "bob", "dee", "owner"),
    }),
  },
  { weight: 8, arbitrary: fc.constant({ act: "claim" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant("wait" as const),
      ms: fc.constantFrom(1, oneDba.validMs, oneDba.ttlMs),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constantFrom(
        ...(["leave", "return", "return", "edit", "tighten", "expire"] as const),
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.record({ act: fc.constant("deny" as const), who: fc.constantFrom("ada", "cy") }),
      fc.constant({ act: "void" as const }),
    ),
  },
);

const scripts = fc.noBias(
  fc.array(fc.array(acts, { minLength: 1, maxLength: 5, size: "max" }), {
    minLength: 2,
    maxLength: 5,
    size: "max",
  }),
);

interface Race {
  readonly steps: readonly Step[];
  readonly ran: readonly Digest[];
  /** People and digests whose approval was acknowledged. */
  readonly heard: readonly string[];
  /** Digests of edits that were acknowledged. */
  readonly edited: readonly Digest[];
  readonly last: Review;
}

/** Each script is somebody who acts on what they last saw; all of them at once. */
async function race(
  scheduler: fc.Scheduler,
  obligations: typeof oneDba,
  actors: readonly (readonly Act[])[],
): Promise<Race> {
  const pause = () => scheduler.schedule(Promise.resolve());
  const { deps, clock, steps } = gateway(pause);
  const ran: Digest[] = [];
  const heard: string[] = [];
  const edited: Digest[] = [];
  const play = async (id: Review["id"], script: readonly Act[]) => {
    for (const act of script) {
      const seen = await deps.store.review(id);
      assert(seen !== null);
      if (act.act === "wait") clock.advance(act.ms);
      else if (act.act === "approve") {
        if (await approve(deps, seen, act.who)) heard.push(`${act.who} ${seen.digest}`);
      } else if (act.act === "override") {
        const digest = await override(deps, seen, act.who);
        if (digest !== null) edited.push(digest);
      } else if (act.act === "claim") {
        const by = seen.caller ?? caller;
        const result: ClaimResult = await claim(deps, id, claimOf(seen, by));
        if (result.kind === "claimed") ran.push(seen.digest);
      } else await other(deps, seen, act);
    }
  };
  const all = (async () => {
    const { id } = await open(deps, "act_1", obligations);
    await Promise.all(actors.map((script) => play(id, script)));
    const last = await deps.store.review(id);
    return last ?? assert.fail();
  })();
  return { steps, ran, heard, edited, last: await scheduler.waitFor(all) };
}

async function other(deps: ReviewDeps, seen: Review, { act }: Act): Promise<void> {
  switch (act) {
    case "deny": {
      const { kind: _, ...no } = verdict(seen, "cy", { verdict: "deny" });
      await giveVerdict(deps, seen.id, no).catch(() => {});
      return;
    }
    case "leave":
      await applyEvent(deps, seen.id, { kind: "detach", caller: seen.caller ?? caller });
      return;
    case "return":
      await joinDetached(deps, "join", { caller: "caller_3" as CallerId, people: [] });
      return;
    case "expire":
      await expireDue(deps);
      return;
    case "void":
      await applyEvent(deps, seen.id, {
        kind: "void",
        decision: { effect: "deny", cause: "forbidden", reasons: [], policySet },
      });
      return;
    case "edit":
      await edit(deps, seen);
      return;
    case "tighten":
      await tighten(deps, seen);
      return;
    case "approve":
    case "claim":
    case "override":
    case "wait":
      assert.fail("played by the caller");
  }
}

async function edit(deps: ReviewDeps, seen: Review): Promise<void> {
  const changed = { ...seen.action, revision: seen.action.revision + 1 };
  const digest = actionDigest(changed);
  const event = { kind: "reopen", action: changed, digest, terms: seen, note: "edited" } as const;
  await applyEvent(deps, seen.id, event);
}

/** Of one editor the edits narrow, of the others not. The digest of what was put in its place. */
async function override(deps: ReviewDeps, seen: Review, who: string): Promise<Digest | null> {
  const revision = seen.action.revision + 1;
  const changed = { ...seen.action, revision, command: `edit ${revision} of ${who}` };
  const digest = actionDigest(changed);
  const result = await applyEvent(deps, seen.id, {
    kind: "override",
    person: person(who, []).id,
    assurance: "session",
    vouchers: [],
    digest: seen.digest,
    caller: seen.caller ?? caller,
    edited: { action: changed, digest },
    terms: seen,
    narrows: who === "dee",
    comment: "because",
    content: digest,
    idempotencyKey: `${who}/${seen.version}`,
  });
  return result.kind === "moved" ? digest : null;
}

async function tighten(deps: ReviewDeps, seen: Review): Promise<void> {
  const { action: same, digest, obligations } = seen;
  const validMs = obligations.validMs - 1;
  const terms = { ...seen, obligations: { ...obligations, validMs } };
  const event = { kind: "reopen", action: same, digest, terms, note: "tightened" } as const;
  await applyEvent(deps, seen.id, event);
}

test("whoever acts at the same time in whatever order, every promise holds", async () => {
  let claimed = 0;
  let overridden = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.constantFrom(oneDba, twoDbaOneSecurity),
      scripts,
      async (scheduler, obligations, actors) => {
        const { steps, ran, heard, edited, last } = await race(scheduler, obligations, actors);
        assert.deepEqual(problems(steps), []);
        const claims = steps.filter(
          ({ before, after }) => before?.execution === null && after.execution !== null,
        );
        assert.deepEqual(
          ran,
          claims.map(({ after }) => after.digest),
          "only what was claimed may run, and it is what was approved",
        );
        for (const one of heard) {
          assert.ok(
            last.verdicts.some(
              ({ person: { name }, digest }) => `${name} ${digest}` === `Ms ${one}`,
            ),
            "an acknowledged verdict is kept",
          );
        }
        for (const digest of edited) {
          const made = steps.filter(
            ({ before, after }) =>
              after.digest === digest && after.overrides.length > (before?.overrides.length ?? 0),
          );
          assert.equal(made.length, 1, "an acknowledged edit took the place of what waited, once");
        }
        overridden += edited.length;
        claimed += ran.length;
      },
    ),
    { numRuns: 200 },
  );
  assert.ok(overridden >= 10, `the races lead to edits, ${overridden} of 200`);
  assert.ok(claimed >= 10, `the races lead to executions, ${claimed} of 200`);
});
