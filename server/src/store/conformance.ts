/**
 * What every engine has to pass, unchanged: the contract of `store.ts` as tests.
 *
 * Knows no engine. It does know RFC 6962, so that a tree which does not come from the records is found.
 */
import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { describe, type TestContext, test } from "node:test";
import type { ActionId } from "#/core/ids.ts";
import type { RecordDraft } from "#/core/record.ts";
import type { Review } from "#/core/review.ts";
import {
  askedBy,
  callerId,
  changed,
  draft,
  openedAt,
  pendingReview,
  personId,
  reviewId,
  secretCommand,
  unwritableDraft,
} from "./conformance-fixtures.ts";
import type { NodeAddress, SignInSession, Store, StoredRecord } from "./store.ts";

export interface OpenedStore {
  readonly store: Store;
  /** Closes the store that is open and opens the same data again. */
  readonly reopen: () => Promise<Store>;
  /** Closes the store that is open and removes its data. */
  readonly cleanup: () => Promise<void>;
}

export function storeConformance(name: string, open: () => Promise<OpenedStore>): void {
  const storeTest = (
    guarantee: string,
    check: (store: Store, reopen: () => Promise<Store>) => Promise<void>,
  ) =>
    test(guarantee, { timeout: 30_000 }, async (context: TestContext) => {
      const { store, reopen, cleanup } = await open();
      context.after(cleanup);
      await check(store, reopen);
    });
  describe(`${name}: log`, () => testLog(storeTest));
  describe(`${name}: reviews`, () => testReviews(storeTest));
  describe(`${name}: changes`, () => testChanges(storeTest));
  describe(`${name}: executions and identities`, () => testOthers(storeTest));
  describe(`${name}: life`, () => testLife(storeTest));
}

type StoreTest = (
  guarantee: string,
  check: (store: Store, reopen: () => Promise<Store>) => Promise<void>,
) => void;

const openMax = 1000;

function testLog(storeTest: StoreTest): void {
  storeTest("a new log is empty and has a signed head", async (store) => {
    const { size, checkpoint } = await store.logHead();
    assert.equal(size, 0);
    assert.equal(signedHead(checkpoint).size, 0);
    assert.deepEqual(await store.records(0, 10), []);
    assert.deepEqual(await store.nodes([{ level: 0, index: 0 }]), [null]);
  });

  storeTest("what append answers is where the record stands", async (store) => {
    await store.append([draft("before")]);
    const [first, second] = await store.append([draft("a"), draft("b")]);
    const records = await store.records(1, 10);
    assert.deepEqual([first?.index, second?.index], [1, 2]);
    assert.deepEqual(records.map(nameOf), ["a", "b"]);
    assert.deepEqual(
      records.map(({ leaf }) => leafHash(leaf).toString("hex")),
      [first?.leafHash, second?.leafHash],
    );
  });

  storeTest("indexes are consecutive, and a verb's records stand together", async (store) => {
    const appended = await Promise.all(
      range(200).map((verb) =>
        store.append(range(1 + (verb % 4)).map((part) => draft(`${verb}-${part}`))),
      ),
    );
    const indexes = appended.flat().map(({ index }) => index);
    assert.deepEqual(sorted(indexes), range(indexes.length));
    const records = await store.records(0, indexes.length + 1);
    for (const [verb, own] of appended.entries()) {
      const names = own.map(({ index }) => nameOf(records[index]));
      assert.deepEqual(names, own.map((_, part) => `${verb}-${part}`));
      assert.equal((own.at(-1)?.index ?? 0) - (own[0]?.index ?? 0), own.length - 1);
    }
  });

  storeTest("records stand in the order in which the verbs took effect", async (store) => {
    const review = pendingReview("ordered");
    await store.openReview(review, openMax, [draft("v1")]);
    // Each save is possible only after the one before it.
    await Promise.all([
      ...range(20).map((step) =>
        store.saveReview({ ...review, version: step + 2 }, [draft(`v${step + 2}`)]),
      ),
    ]);
    const stored = await store.review(review.id);
    const names = (await store.records(0, 100)).map(nameOf);
    assert.deepEqual(names, range(stored?.version ?? 0).map((step) => `v${step + 1}`));
  });

  storeTest("the tree is that of the records, and its root is signed", async (store, reopen) => {
    for (const count of [1, 1, 2, 3, 1, 64, 7]) {
      await store.append(range(count).map((part) => draft(`${count}-${part}`)));
      await assertTree(store);
    }
    const again = await reopen();
    await Promise.all(range(50).map((verb) => again.append([draft(`more-${verb}`)])));
    await assertTree(again);
  });

  storeTest("an action's records are found by it, in order", async (store) => {
    await Promise.all(
      range(30).map((verb) => store.append([draft(`${verb % 3}`), draft("nobody", { action: null })])),
    );
    const records = await store.recordsOfAction("act_1" as ActionId);
    assert.equal(records.length, 10);
    assert.deepEqual(new Set(records.map(nameOf)), new Set(["1"]));
    assert.deepEqual(records.map(({ index }) => index), sorted(records.map(({ index }) => index)));
    assert.deepEqual(await store.recordsOfAction("act_none" as ActionId), []);
  });

  storeTest("records are read from an index on, at most as many as asked for", async (store) => {
    await store.append(range(10).map((part) => draft(`${part}`)));
    assert.deepEqual((await store.records(7, 2)).map(({ index }) => index), [7, 8]);
    assert.deepEqual(await store.records(10, 5), []);
  });

  storeTest("payloads are kept sealed, by the index of their record", async (store) => {
    await store.append([draft("with"), draft("without", { payload: null })]);
    const [first, second, none] = await store.payloads([0, 1, 2]);
    assert.ok(first instanceof Uint8Array);
    assert.ok(!Buffer.from(first).includes(secretCommand));
    assert.deepEqual([second, none], [null, null]);
  });

  storeTest("a value that no record can hold is refused, not dropped", async (store) => {
    for (const value of [Number.NaN, undefined, 1n]) {
      const record = draft("odd", { body: { value: value as never } });
      await assert.rejects(store.append([record]));
    }
    assert.equal((await store.logHead()).size, 0);
  });
}

function testReviews(storeTest: StoreTest): void {
  storeTest("a review comes back as it was saved", async (store) => {
    const review = pendingReview("whole", { caller: callerId("1") });
    assert.equal(await store.openReview(review, openMax, [draft("opened")]), "opened");
    assert.deepEqual(await store.review(review.id), review);
    const approved = changed(review, { state: "approved", validUntil: openedAt + 9, caller: null });
    assert.equal(await store.saveReview(approved, [draft("saved")]), "saved");
    assert.deepEqual(await store.review(review.id), approved);
    assert.equal(await store.review(reviewId("none")), null);
  });

  storeTest("state and records become durable together or not at all", async (store) => {
    const kept = pendingReview("kept");
    const lost = pendingReview("lost");
    const results = await Promise.allSettled([
      store.append([draft("before")]),
      store.openReview(lost, openMax, [draft("first"), unwritableDraft()]),
      store.openReview(kept, openMax, [draft("opened")]),
      store.saveReview(changed(kept), [unwritableDraft()]),
      store.beginExecution({ action: "act_x" as ActionId, beganAt: 1 }, [unwritableDraft()]),
      store.append([draft("after")]),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled", "rejected", "rejected", "fulfilled"],
    );
    assert.equal(await store.review(lost.id), null);
    assert.deepEqual(await store.review(kept.id), kept);
    assert.deepEqual(await store.pendingExecutions(), []);
    assert.deepEqual((await store.records(0, 10)).map(nameOf), ["before", "opened", "after"]);
    assert.deepEqual(store.status(), { state: "ready" });
    await assertTree(store);
  });

  storeTest("of a hundred saves of one version exactly one wins, and is recorded", async (store) => {
    const review = pendingReview("raced");
    await store.openReview(review, openMax, [draft("opened")]);
    const answers = await Promise.all(
      range(100).map((racer) =>
        store.saveReview(changed(review, { note: `${racer}` }), [draft(`racer-${racer}`)]),
      ),
    );
    const winners = range(100).filter((racer) => answers[racer] === "saved");
    assert.equal(winners.length, 1);
    assert.equal((await store.review(review.id))?.note, `${winners[0]}`);
    const names = (await store.records(0, 200)).map(nameOf);
    assert.deepEqual(names, ["opened", `racer-${winners[0]}`]);
  });

  storeTest("a save on another version, or of an unknown review, changes nothing", async (store) => {
    const review = pendingReview("versioned");
    await store.openReview(review, openMax, [draft("opened")]);
    for (const version of [1, 3]) {
      assert.equal(await store.saveReview({ ...review, version }, [draft("no")]), "conflict");
    }
    const unknown = changed(pendingReview("unknown"));
    assert.equal(await store.saveReview(unknown, [draft("no")]), "conflict");
    assert.deepEqual(await store.review(review.id), review);
    assert.equal(await store.review(unknown.id), null);
    assert.equal((await store.logHead()).size, 1);
  });

  storeTest("a principal never has more reviews pending than allowed", async (store) => {
    const answers = await Promise.all(
      range(30).map((racer) =>
        store.openReview(pendingReview(`${racer}`), 5, [draft(`racer-${racer}`)]),
      ),
    );
    assert.equal(answers.filter((answer) => answer === "opened").length, 5);
    assert.equal((await store.logHead()).size, 5);
    assert.equal((await store.reviews({ state: "pending", before: null, limit: 30 })).length, 5);

    const other = askedBy(pendingReview("other"), "another");
    assert.equal(await store.openReview(other, 5, [draft("other")]), "opened");
    const late = pendingReview("late");
    assert.equal(await store.openReview(late, 5, [draft("late")]), "too_many");
    const [first] = await pendingOf(store, "importer");
    assert.ok(first !== undefined);
    await store.saveReview(changed(first, { state: "denied" }), [draft("denied")]);
    assert.equal(await store.openReview(late, 5, [draft("late")]), "opened");
  });

  storeTest("reviews are listed newest first, by state, and page by page", async (store) => {
    for (const at of range(6)) {
      const review = pendingReview(`n${at}`, { openedAt: openedAt + at });
      await store.openReview(review, openMax, [draft("opened")]);
      if (at % 2 === 0) await store.saveReview(changed(review, { state: "denied" }), [draft("d")]);
    }
    const ids = async (query: Partial<Parameters<Store["reviews"]>[0]>) => {
      const found = await store.reviews({ state: null, before: null, limit: 10, ...query });
      return found.map(({ id }) => id.slice("rev_".length));
    };
    assert.deepEqual(await ids({}), ["n5", "n4", "n3", "n2", "n1", "n0"]);
    assert.deepEqual(await ids({ limit: 2 }), ["n5", "n4"]);
    assert.deepEqual(await ids({ before: reviewId("n4"), limit: 2 }), ["n3", "n2"]);
    assert.deepEqual(await ids({ state: "pending" }), ["n5", "n3", "n1"]);
    assert.deepEqual(await ids({ state: "pending", before: reviewId("n3") }), ["n1"]);
    assert.deepEqual(await ids({ state: "expired" }), []);
    assert.deepEqual(await ids({ before: reviewId("none") }), []);
  });

  storeTest("detached are open reviews without a live caller, oldest first", async (store) => {
    const claimed = { state: "claimed", claimedAt: openedAt, finishedAt: null, detail: null } as const;
    const all: readonly Review[] = [
      pendingReview("younger", { openedAt: openedAt + 5 }),
      pendingReview("older"),
      pendingReview("approved", { state: "approved", openedAt: openedAt + 9 }),
      pendingReview("claimed", { state: "approved", execution: claimed }),
      pendingReview("attached", { caller: callerId("1") }),
      pendingReview("other-key", { joinKey: "other" }),
      pendingReview("denied", { state: "denied" }),
    ];
    for (const review of all) await store.openReview(review, openMax, [draft("opened")]);
    const detached = async () => (await store.detachedReviews("join")).map(({ id }) => id);
    const older = reviewId("older");
    assert.deepEqual(await detached(), [older, reviewId("younger"), reviewId("approved")]);

    const joined = changed(pendingReview("older"), { caller: callerId("2") });
    await store.saveReview(joined, [draft("joined")]);
    assert.deepEqual(await detached(), [reviewId("younger"), reviewId("approved")]);
    await store.saveReview(changed(joined, { caller: null }), [draft("left")]);
    assert.deepEqual(await detached(), [older, reviewId("younger"), reviewId("approved")]);
    assert.deepEqual(await store.detachedReviews("none"), []);
  });

  storeTest("a review is due from its time on: to decide it, or to claim it", async (store) => {
    const approved = { state: "approved", expiresAt: openedAt } as const;
    const claimed = { state: "claimed", claimedAt: openedAt, finishedAt: null, detail: null } as const;
    const all: readonly Review[] = [
      pendingReview("at-200", { expiresAt: openedAt + 200 }),
      pendingReview("at-100", { expiresAt: openedAt + 100 }),
      pendingReview("approved-at-300", { ...approved, validUntil: openedAt + 300 }),
      pendingReview("claimed", { ...approved, validUntil: openedAt, execution: claimed }),
      pendingReview("denied", { state: "denied", expiresAt: openedAt }),
    ];
    for (const review of all) await store.openReview(review, openMax, [draft("opened")]);
    const due = async (after: number, limit = 10) =>
      (await store.dueReviews(openedAt + after, limit)).map(({ id }) => id);
    assert.deepEqual(await due(99), []);
    assert.deepEqual(await due(100), [reviewId("at-100")]);
    assert.deepEqual(await due(300), [
      reviewId("at-100"),
      reviewId("at-200"),
      reviewId("approved-at-300"),
    ]);
    assert.deepEqual(await due(300, 2), [reviewId("at-100"), reviewId("at-200")]);
  });

  storeTest("unsettled are those with a live caller or an open execution", async (store, reopen) => {
    const execution = (state: NonNullable<Review["execution"]>["state"]) => ({
      execution: { state, claimedAt: openedAt, finishedAt: null, detail: null },
      state: "approved" as const,
    });
    const all: readonly Review[] = [
      pendingReview("waiting", { caller: callerId("1") }),
      pendingReview("claimed", execution("claimed")),
      pendingReview("uncommitted", execution("executed_uncommitted")),
      pendingReview("detached"),
      pendingReview("executed", execution("executed")),
      pendingReview("unknown", execution("outcome_unknown")),
    ];
    for (const review of all) await store.openReview(review, openMax, [draft("opened")]);
    const again = await reopen();
    const ids = (await again.unsettledReviews()).map(({ id }) => id);
    const expected = ["waiting", "claimed", "uncommitted"].map(reviewId);
    assert.deepEqual(new Set(ids), new Set(expected));
    assert.equal(ids.length, expected.length);
  });
}

function testChanges(storeTest: StoreTest): void {
  storeTest("changes come in order, each review once, with its latest", async (store) => {
    const [a, b, c] = [pendingReview("a"), pendingReview("b"), pendingReview("c")];
    for (const review of [a, b, c]) await store.openReview(review, openMax, [draft("opened")]);
    await store.saveReview(changed(a), [draft("saved")]);
    const first = await store.changesSince(0, never());
    assert.deepEqual(first.reviews, [b.id, c.id, a.id]);
    await store.saveReview(changed(b), [draft("saved")]);
    const second = await store.changesSince(first.cursor, never());
    assert.deepEqual(second.reviews, [b.id]);
    assert.ok(second.cursor > first.cursor);
  });

  storeTest("whoever waits is woken by the next change, and only by a change", async (store) => {
    const { cursor } = await openAndFollow(store, pendingReview("known"));
    let isWoken = false;
    const waits = store.changesSince(cursor, never()).then((changes) => {
      isWoken = true;
      return changes;
    });
    await store.append([draft("no change of a review")]);
    const conflict = { ...pendingReview("known"), version: 7 };
    await store.saveReview(conflict, [draft("conflict")]);
    await store.records(0, 1);
    assert.equal(isWoken, false);
    await store.saveReview(changed(pendingReview("known")), [draft("saved")]);
    assert.deepEqual((await waits).reviews, [reviewId("known")]);
  });

  storeTest("an abort ends the wait with nothing, at the same cursor", async (store) => {
    const abort = new AbortController();
    const waits = store.changesSince(0, abort.signal);
    abort.abort();
    assert.deepEqual(await waits, { cursor: 0, reviews: [] });
    assert.deepEqual(await store.changesSince(0, abort.signal), { cursor: 0, reviews: [] });
  });

  storeTest("no change is lost on those who follow while many are made", async (store) => {
    const reviews = range(20).map((at) => pendingReview(`${at}`));
    const versions = 10;
    const followers = range(5).map(() => follow(store, reviews.length, versions));
    await Promise.all(
      reviews.map(async (review) => {
        await store.openReview(review, openMax, [draft("opened")]);
        for (let current = review; current.version < versions; ) {
          current = changed(current);
          assert.equal(await store.saveReview(current, [draft("saved")]), "saved");
        }
      }),
    );
    for (const seen of await Promise.all(followers)) assert.equal(seen.size, reviews.length);
  });

  storeTest("a cursor holds over a restart", async (store, reopen) => {
    const { cursor } = await openAndFollow(store, pendingReview("seen"));
    await store.openReview(pendingReview("missed"), openMax, [draft("opened")]);
    const again = await reopen();
    const changes = await again.changesSince(cursor, never());
    assert.deepEqual(changes.reviews, [reviewId("missed")]);
    const waits = again.changesSince(changes.cursor, never());
    await again.openReview(pendingReview("later"), openMax, [draft("opened")]);
    assert.deepEqual((await waits).reviews, [reviewId("later")]);
  });
}

function testOthers(storeTest: StoreTest): void {
  storeTest("an execution is pending from its begin to its end, also over a restart", async (store, reopen) => {
    const begun = { action: "act_begun" as ActionId, beganAt: 7 };
    const ended = { action: "act_ended" as ActionId, beganAt: 8 };
    await store.beginExecution(begun, [draft("begun")]);
    await store.beginExecution(ended, [draft("begun too")]);
    assert.deepEqual(await store.pendingExecutions(), [begun, ended]);
    await store.endExecution(ended.action, [draft("ended")]);
    const again = await reopen();
    assert.deepEqual(await again.pendingExecutions(), [begun]);
    await again.endExecution(begun.action, [draft("settled")]);
    assert.deepEqual(await again.pendingExecutions(), []);
    const names = (await again.records(0, 10)).map(nameOf);
    assert.deepEqual(names, ["begun", "begun too", "ended", "settled"]);
  });

  storeTest("an agent of the same name is replaced", async (store) => {
    const agent = {
      name: "importer",
      owner: null,
      scramVerifier: "SCRAM-SHA-256$1",
      tokenHash: "aa",
      createdAt: 1,
    };
    const other = { ...agent, name: "exporter", owner: personId("owner") };
    await store.saveAgent(agent, [draft("enrolled")]);
    await store.saveAgent(other, [draft("enrolled")]);
    const renewed = { ...agent, tokenHash: "bb", createdAt: 2 };
    await store.saveAgent(renewed, [draft("renewed")]);
    const agents = await store.agents();
    assert.deepEqual(new Set(agents.map(({ name }) => name)), new Set(["importer", "exporter"]));
    assert.deepEqual(agents.find(({ name }) => name === "importer"), renewed);
    assert.deepEqual(agents.find(({ name }) => name === "exporter"), other);
  });

  storeTest("a person is known since the first time they were seen", async (store, reopen) => {
    const times = await Promise.all(range(10).map((at) => store.personSince(personId("p"), 100 + at)));
    assert.equal(new Set(times).size, 1);
    const again = await reopen();
    assert.equal(await again.personSince(personId("p"), 500), times[0]);
    assert.equal(await again.personSince(personId("q"), 500), 500);
  });

  storeTest("a sign-in link is redeemed once, by one of many", async (store, reopen) => {
    const link = { hash: "link", person: personId("p"), createdAt: 1, expiresAt: 2 };
    await store.saveSignInLink(link, [draft("made")]);
    assert.deepEqual(await store.signInLink("link"), link);
    const sessions = range(50).map(
      (racer): SignInSession => ({ ...link, hash: `session-${racer}`, expiresAt: 99 }),
    );
    const answers = await Promise.all(
      sessions.map((session) => store.redeemSignInLink("link", session, [draft(session.hash)])),
    );
    const winners = sessions.filter((_, racer) => answers[racer] === "redeemed");
    assert.equal(winners.length, 1);
    assert.equal(answers.filter((answer) => answer === "used").length, 49);

    const again = await reopen();
    for (const session of sessions) {
      const stored = await again.signInSession(session.hash);
      assert.deepEqual(stored, session === winners[0] ? session : null);
    }
    const late: SignInSession = { ...link, hash: "late" };
    assert.equal(await again.redeemSignInLink("link", late, [draft("late")]), "used");
    assert.equal(await again.redeemSignInLink("none", late, [draft("late")]), "unknown");
    assert.equal(await again.signInLink("none"), null);
    const names = (await again.records(0, 99)).map(nameOf);
    assert.deepEqual(names, ["made", winners[0]?.hash]);
  });
}

function testLife(storeTest: StoreTest): void {
  storeTest("everything is there after a restart, and goes on from there", async (store, reopen) => {
    const review = pendingReview("kept");
    await store.openReview(review, openMax, [draft("a")]);
    await store.append([draft("b"), draft("c")]);
    const before = await store.records(0, 10);
    const head = await store.logHead();
    const payloads = await store.payloads([0, 1, 2]);

    const again = await reopen();
    assert.deepEqual(await again.records(0, 10), before);
    assert.deepEqual(await again.logHead(), head);
    assert.deepEqual(await again.payloads([0, 1, 2]), payloads);
    assert.deepEqual(await again.review(review.id), review);
    assert.deepEqual((await again.append([draft("d")])).map(({ index }) => index), [3]);
    await assertTree(again);
  });

  storeTest("a read sees everything that was acknowledged before it", async (store) => {
    const review = pendingReview("watched");
    await store.openReview(review, openMax, [draft("opened")]);
    await Promise.all(
      range(50).map(async (at) => {
        const [appended] = await store.append([draft(`${at}`)]);
        assert.ok((await store.logHead()).size > (appended?.index ?? Number.POSITIVE_INFINITY));
        assert.equal((await store.records(appended?.index ?? -1, 1)).length, 1);
      }),
    );
  });

  storeTest("closing finishes what was accepted and refuses what comes later", async (store, reopen) => {
    const accepted = range(20).map((at) => store.append([draft(`${at}`)]));
    const read = store.logHead();
    const waits = store.changesSince(0, never());
    const closed = store.close();
    const later = [store.append([draft("late")]), store.logHead(), store.changesSince(0, never())];
    for (const verb of [waits, ...later]) {
      await assert.rejects(verb, { code: "store.closed" });
    }
    assert.equal((await Promise.all(accepted)).length, 20);
    await read;
    await closed;
    await store.close();
    assert.deepEqual(store.status(), { state: "closed" });
    assert.equal((await (await reopen()).logHead()).size, 20);
  });
}

async function openAndFollow(store: Store, review: Review) {
  await store.openReview(review, openMax, [draft("opened")]);
  return await store.changesSince(0, never());
}

/** Follows until every one of so many reviews has been seen at this version. */
async function follow(store: Store, reviews: number, version: number): Promise<ReadonlySet<string>> {
  const finished = new Set<string>();
  for (let cursor = 0; finished.size < reviews; ) {
    const changes = await store.changesSince(cursor, never());
    assert.ok(changes.cursor > cursor);
    cursor = changes.cursor;
    for (const id of changes.reviews) {
      if ((await store.review(id))?.version === version) finished.add(id);
    }
  }
  return finished;
}

async function pendingOf(store: Store, agent: string): Promise<readonly Review[]> {
  const pending = await store.reviews({ state: "pending", before: null, limit: 100 });
  return pending.filter(({ action }) => action.principal.name === agent);
}

/** Recomputes the tree of RFC 6962 §2.1 from the records and compares everything that is stored of it. */
async function assertTree(store: Store): Promise<void> {
  const { size, checkpoint } = await store.logHead();
  const records = await store.records(0, size + 1);
  assert.deepEqual(records.map(({ index }) => index), range(size));
  const hashes = records.map(({ leaf }) => leafHash(leaf));
  assert.deepEqual(records.map(({ leafHash }) => Buffer.from(leafHash)), hashes);

  const addresses: NodeAddress[] = [];
  const expected: Buffer[] = [];
  let level = hashes;
  for (let height = 0; level.length > 0; height += 1) {
    addresses.push(...level.map((_, index) => ({ level: height, index })));
    expected.push(...level);
    level = range(Math.floor(level.length / 2)).map((index) =>
      nodeHash(level[2 * index] as Buffer, level[2 * index + 1] as Buffer),
    );
    const beyond = { level: height + 1, index: level.length };
    assert.deepEqual(await store.nodes([beyond]), [null], "an incomplete subtree has no node");
  }
  const stored = await store.nodes(addresses);
  assert.deepEqual(stored.map((node) => Buffer.from(node ?? [])), expected);
  assert.deepEqual(signedHead(checkpoint), { size, root: rootOf(hashes).toString("base64") });
}

function leafHash(leaf: Uint8Array): Buffer {
  return sha256(Buffer.concat([Buffer.of(0), leaf]));
}

function nodeHash(left: Buffer, right: Buffer): Buffer {
  return sha256(Buffer.concat([Buffer.of(1), left, right]));
}

function rootOf(hashes: readonly Buffer[]): Buffer {
  if (hashes.length <= 1) return hashes[0] ?? sha256(Buffer.of());
  let half = 1;
  while (2 * half < hashes.length) half *= 2;
  return nodeHash(rootOf(hashes.slice(0, half)), rootOf(hashes.slice(half)));
}

function sha256(bytes: Uint8Array): Buffer {
  return hash("sha256", bytes, "buffer");
}

/** What a checkpoint says: C2SP tlog-checkpoint, of which the signature is not this suite's matter. */
function signedHead(checkpoint: string): { readonly size: number; readonly root: string } {
  const [, size, root] = checkpoint.split("\n");
  return { size: Number(size), root: root ?? "" };
}

/** As the fixtures put it into the body. */
function nameOf(record: StoredRecord | undefined): string | undefined {
  if (record === undefined) return undefined;
  const leaf = JSON.parse(Buffer.from(record.leaf).toString()) as Pick<RecordDraft, "body">;
  return leaf.body["name"] as string;
}

function never(): AbortSignal {
  return new AbortController().signal;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function sorted(numbers: readonly number[]): number[] {
  return numbers.toSorted((a, b) => a - b);
}
