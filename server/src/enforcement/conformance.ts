/**
 * What every protocol has to pass, unchanged: promises 1 to 4 of the design as tests.
 *
 * Knows no protocol. One provides a `ProtocolUnderTest`; each test opens it anew on a stage of its own and
 * looks at it from all sides: what the client heard, what the upstream was sent, and what is on record.
 */
import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { approvalValidDefaultMs } from "#/core/obligation.ts";
import type { RecordDraft, RecordType } from "#/core/record.ts";
import type { RefusalCode } from "#/core/refusal.ts";
import type { Review } from "#/core/review.ts";
import type { Verb } from "#/core/verb.ts";
import { holdMaxMs, openStage, type Stage, type StageStore } from "./conformance-stage.ts";

/**
 * `read` has to be one that is proven; `denied` is what the rules of the suite forbid. `wide` is a write of three rows
 * where `write` is of one, and `uncounted` one of which nobody is told how many rows it touches.
 */
export type ProposalKind = "read" | "write" | "denied" | "wide" | "uncounted";

/** What the client was told in the end. */
export type Heard = "ran" | RefusalCode;

export interface CallerUnderTest {
  /** Proposals of one kind and name have the same content; the name is part of the command. */
  propose(kind: ProposalKind, name: string): Promise<Heard>;
  /** Leaves without a word; resolves when the gateway has noticed. What it has proposed may never resolve. */
  leave(): Promise<void>;
}

export interface GatewayUnderTest {
  /** A client of the stage's principal. */
  connect(): Promise<CallerUnderTest>;
  /** How often clients were told that they wait for people. */
  told(): number;
  /** The names of all commands that the upstream was sent, once for each time. */
  sent(): readonly string[];
  /** Whether the upstream has answered the command of this name. */
  answered(name: string): boolean;
  /** Whether anything of the upstream's answer has reached the client. */
  disclosed(name: string): boolean;
  /** How many rows of this write are there to stay, as somebody else sees it. */
  stays(name: string): Promise<number>;
  /** From outside: what is held means something else now. */
  changeMeaning(): Promise<void>;
  /** The next reading of a session's meaning fails. */
  failMeaning(): void;
  /** The upstream is lost when it is sent this command, before it answers. */
  loseAt(name: string): void;
  close(): Promise<void>;
}

export interface ProtocolUnderTest {
  readonly verbs: Readonly<Record<"read" | "write" | "denied", Verb>>;
  /** How many clients it can have at a time; a hundred or more where that is cheap. */
  readonly callersMax: number;
  openStore(): StageStore;
  /** To call `touch` whenever what it tells has changed. */
  open(stage: Stage): Promise<GatewayUnderTest>;
}

export function enforcementConformance(name: string, protocol: ProtocolUnderTest): void {
  const rules = rulesFor(protocol.verbs);
  const check: Check = (guarantee, run) => {
    test(guarantee, { timeout: 30_000 }, async (context: TestContext) => {
      const stage = openStage(protocol.openStore());
      stage.rule(rules.usual);
      const gateway = await protocol.open(stage);
      context.after(async () => {
        await gateway.close();
        await stage.close();
      });
      await run({ stage, gateway, rules, callersMax: protocol.callersMax });
    });
  };
  describe(`${name}: denials`, () => testDenials(check));
  describe(`${name}: the record comes first`, () => testRecords(check));
  describe(`${name}: waiting`, () => testWaiting(check));
  describe(`${name}: the claim`, () => testClaim(check));
  describe(`${name}: limits of rows`, () => testLimits(check));
}

interface Scene {
  readonly stage: Stage;
  readonly gateway: GatewayUnderTest;
  readonly rules: Rules;
  readonly callersMax: number;
}

type Check = (guarantee: string, run: (scene: Scene) => Promise<void>) => void;

type Rules = Readonly<
  Record<"usual" | "writesRun" | "twoRows" | "twoAsked" | "writesDenied", string>
>;

function rulesFor({ read, write, denied }: ProtocolUnderTest["verbs"]): Rules {
  const rule = (id: string, annotations: string, effect: string, verb: Verb) =>
    `@id("${id}")\n${annotations}\n@reason("The rule ${id} says so.")\n` +
    `${effect} (principal, action == Countersign::Action::"${verb}", resource);\n`;
  const rest = rule("reads-run", "", "permit", read) + rule("never", "", "forbid", denied);
  return {
    usual: rest + rule("writes-wait", '@review("1 of dba")', "permit", write),
    writesRun: rest + rule("writes-run", "", "permit", write),
    twoRows: rest + rule("writes-run-small", '@max_rows("2")', "permit", write),
    twoAsked: rest + rule("writes-wait-for-two", '@review("2 of dba")', "permit", write),
    writesDenied: rest + rule("writes-never", "", "forbid", write),
  };
}

function testDenials(check: Check): void {
  check("a denied action never reaches the upstream, and is on record", async (scene) => {
    const caller = await scene.gateway.connect();
    assert.equal(await caller.propose("denied", "d1"), "denied_by_policy");
    assertOnlyDenied(scene, "d1", "forbidden");
  });

  check("an action is denied, on record, when policy throws", async (scene) => {
    const caller = await scene.gateway.connect();
    scene.stage.breakPolicy();
    assert.equal(await caller.propose("write", "w1"), "denied_by_policy");
    assertOnlyDenied(scene, "w1", "policy_error");
  });

  check("an action is refused, on record, when its session can't be read", async (scene) => {
    const caller = await scene.gateway.connect();
    scene.gateway.failMeaning();
    const heard = await caller.propose("write", "w1");
    assert.ok(["denied_by_policy", "upstream_unreachable"].includes(heard), heard);
    assertOnlyDenied(scene, "w1", null);
  });

  check("the principal's own people can't approve what it asks for", async ({ stage, gateway }) => {
    const caller = await gateway.connect();
    const heard = caller.propose("write", "w1");
    const review = await held(stage, "w1");
    await assert.rejects(stage.give(review, "owner"), { code: "review.requester" });
    assert.deepEqual(gateway.sent(), []);
    await stage.give(review, "ada", "deny");
    assert.equal(await heard, "denied_by_reviewer");
    assert.deepEqual(gateway.sent(), []);
  });
}

function assertOnlyDenied({ stage, gateway }: Scene, name: string, cause: string | null): void {
  const [record, ...more] = recordsOf(stage, name);
  assert.equal(record?.type, "action.denied");
  if (cause !== null) assert.equal(record.body["cause"], cause);
  assert.deepEqual(more, []);
  assert.deepEqual(gateway.sent(), []);
}

function testRecords(check: Check): void {
  check("a write is not sent before its record is durable", async ({ stage, gateway, rules }) => {
    stage.rule(rules.writesRun);
    const caller = await gateway.connect();
    const write = stage.holdWrite(isAbout("w1"));
    const heard = caller.propose("write", "w1");
    await write.reached;
    await roundTrip(gateway);
    assert.deepEqual(sentWrites(gateway), []);
    write.release();
    assert.equal(await heard, "ran");
    assert.deepEqual(sentWrites(gateway), ["w1"]);
  });

  check("an approved write is not sent before its claim is durable", async ({ stage, gateway }) => {
    const caller = await gateway.connect();
    const heard = caller.propose("write", "w1");
    const claim = stage.holdWrite(isOf("execution.claimed"));
    await stage.give(await held(stage, "w1"), "ada");
    await claim.reached;
    await roundTrip(gateway);
    assert.deepEqual(sentWrites(gateway), []);
    claim.release();
    assert.equal(await heard, "ran");
    await stage.until(() => typesOf(stage, "w1").includes("execution.completed"));
  });

  check("nothing of a read's answer is shown before its record is durable", async (scene) => {
    const { stage, gateway } = scene;
    const caller = await gateway.connect();
    const write = stage.holdWrite(isAbout("r1"));
    const heard = caller.propose("read", "r1");
    await write.reached;
    await stage.until(() => gateway.answered("r1"));
    await roundTrip(gateway);
    assert.equal(gateway.disclosed("r1"), false);
    write.release();
    assert.equal(await heard, "ran");
    assert.equal(gateway.disclosed("r1"), true);
  });

  check("a write that can't be recorded does not run", async ({ stage, gateway, rules }) => {
    stage.rule(rules.writesRun);
    const caller = await gateway.connect();
    stage.failWrites(isAbout("w1"));
    assert.equal(await caller.propose("write", "w1"), "recording_failed");
    assert.deepEqual(gateway.sent(), []);
  });

  check("a write does not run when its review can't be recorded", async ({ stage, gateway }) => {
    const caller = await gateway.connect();
    stage.failWrites(isAbout("w1"));
    assert.equal(await caller.propose("write", "w1"), "recording_failed");
    assert.deepEqual(gateway.sent(), []);
  });

  check("an approved write does not run when its claim can't be recorded", async (scene) => {
    const { stage, gateway } = scene;
    const caller = await gateway.connect();
    const heard = caller.propose("write", "w1");
    const review = await held(stage, "w1");
    stage.failWrites(isOf("execution.claimed"));
    await stage.give(review, "ada");
    assert.equal(await heard, "recording_failed");
    assert.deepEqual(gateway.sent(), []);
    assert.equal(stage.reviews.get(review.id)?.caller, null);
  });

  check("nothing of a read is shown that can't be recorded", async ({ stage, gateway }) => {
    const caller = await gateway.connect();
    stage.failWrites(isAbout("r1"));
    assert.equal(await caller.propose("read", "r1"), "recording_failed");
    assert.equal(gateway.disclosed("r1"), false);
  });

  check("what ran is told to have run, even if its outcome can't be recorded", async (scene) => {
    const { stage, gateway, rules } = scene;
    stage.rule(rules.writesRun);
    const caller = await gateway.connect();
    stage.failWrites(isOf("execution.completed"));
    assert.equal(await caller.propose("write", "w1"), "ran");
    assert.deepEqual(gateway.sent(), ["w1"]);
    assert.equal((await stage.deps.reviews.store.pendingExecutions()).length, 1);
  });
}

/** Whatever was on its way before has arrived when this has come back. */
async function roundTrip(gateway: GatewayUnderTest): Promise<void> {
  const other = await gateway.connect();
  assert.equal(await other.propose("read", "other"), "ran");
}

function sentWrites(gateway: GatewayUnderTest): readonly string[] {
  return gateway.sent().filter((name) => name !== "other");
}

function testWaiting(check: Check): void {
  check("a client that leaves cancels its review, and nothing runs", async ({ stage, gateway }) => {
    const caller = await gateway.connect();
    void caller.propose("write", "w1");
    const { id } = await held(stage, "w1");
    await caller.leave();
    const review = await stage.until(() => settled(stage, id));
    assert.equal(review.state, "cancelled");
    await assert.rejects(stage.give(review, "ada"), { code: "review.already_decided" });
    assert.deepEqual(gateway.sent(), []);
  });

  check("nothing runs for a client that leaves as its review is approved", async (scene) => {
    const { stage, gateway } = scene;
    const caller = await gateway.connect();
    void caller.propose("write", "w1");
    const opened = await held(stage, "w1");
    const approval = stage.holdWrite(isOf("review.approved"));
    const approving = stage.give(opened, "ada").catch(() => null);
    await approval.reached;
    await caller.leave();
    approval.release();
    await approving;
    const review = await stage.until(() => settled(stage, opened.id));
    assert.equal(review.state, "cancelled");
    assert.deepEqual(gateway.sent(), []);
  });

  check("nothing runs for a client that leaves as its approval is claimed", async (scene) => {
    const { stage, gateway } = scene;
    const caller = await gateway.connect();
    void caller.propose("write", "w1");
    const opened = await held(stage, "w1");
    const claim = stage.holdWrite(isOf("execution.claimed"));
    await stage.give(opened, "ada");
    await claim.reached;
    await caller.leave();
    claim.release();
    const review = await stage.until(() => settled(stage, opened.id));
    assert.equal(review.execution?.state, "failed");
    assert.deepEqual(gateway.sent(), []);
  });

  check("two live callers with the same content have a review each", async (scene) => {
    const { stage, gateway } = scene;
    const [one, two] = [await gateway.connect(), await gateway.connect()];
    const heard = [one.propose("write", "w1"), two.propose("write", "w1")];
    const [first, second] = await stage.until(() => {
      const open = heldReviews(stage, "w1");
      return open.length === 2 && open;
    });
    assert(first !== undefined && second !== undefined);
    assert.notEqual(first.digest, second.digest);
    await stage.give(first, "ada");
    await stage.until(() => sentWrites(gateway).length === 1);
    await stage.give(second, "bob", "deny");
    assert.deepEqual((await Promise.all(heard)).toSorted(), ["denied_by_reviewer", "ran"]);
    assert.deepEqual(gateway.sent(), ["w1"]);
  });

  check("a caller that comes back uses the approval up, once", async (scene) => {
    const { stage, gateway } = scene;
    const caller = await gateway.connect();
    const review = await waitInVain(scene, caller, "w1");
    await stage.give(review, "ada");
    assert.deepEqual(gateway.sent(), []);
    assert.equal(await caller.propose("write", "w1"), "ran");
    assert.deepEqual(gateway.sent(), ["w1"]);
    const again = caller.propose("write", "w1");
    const next = await held(stage, "w1");
    assert.notEqual(next.id, review.id);
    await stage.give(next, "ada", "deny");
    assert.equal(await again, "denied_by_reviewer");
    assert.deepEqual(gateway.sent(), ["w1"]);
  });

  check("a caller that comes back while it is pending waits on", async (scene) => {
    const { stage, gateway } = scene;
    const caller = await gateway.connect();
    const review = await waitInVain(scene, caller, "w1");
    const heard = caller.propose("write", "w1");
    const joined = await held(stage, "w1");
    assert.equal(joined.id, review.id);
    await stage.give(joined, "ada");
    assert.equal(await heard, "ran");
    assert.deepEqual(gateway.sent(), ["w1"]);
  });

  check("of many callers that come back for one approval, exactly one runs", async (scene) => {
    const { stage, gateway, callersMax } = scene;
    const review = await waitInVain(scene, await gateway.connect(), "w1");
    await stage.give(review, "ada");
    const count = Math.min(100, callersMax - 1);
    const callers = await Promise.all(Array.from({ length: count }, () => gateway.connect()));
    const heard = callers.map((caller) => caller.propose("write", "w1"));
    const others = await stage.until(() => {
      const open = heldReviews(stage, "w1");
      return open.length === count - 1 && open;
    });
    await stage.until(() => typesOf(stage, "w1").includes("execution.completed"));
    assert.deepEqual(gateway.sent(), ["w1"]);
    await Promise.all(others.map((other) => stage.give(other, "bob", "deny")));
    const ran = (await Promise.all(heard)).filter((each) => each === "ran");
    assert.equal(ran.length, 1);
    assert.deepEqual(gateway.sent(), ["w1"]);
  });
}

/** Proposes, waits as long as a caller may, and is let go; the review stays open. */
async function waitInVain(
  { stage, gateway }: Scene,
  caller: CallerUnderTest,
  name: string,
): Promise<Review> {
  const toldBefore = gateway.told();
  const heard = caller.propose("write", name);
  const { id } = await held(stage, name);
  await stage.until(() => gateway.told() > toldBefore);
  stage.clock.advance(holdMaxMs);
  assert.equal(await heard, "pending_review");
  const review = stage.reviews.get(id);
  assert(review?.state === "pending" && review.caller === null, "the review is detached");
  return review;
}

function testClaim(check: Check): void {
  check("when its meaning has changed, an approved action waits for a new look", async (scene) => {
    const { stage, gateway } = scene;
    const caller = await gateway.connect();
    const heard = caller.propose("write", "w1");
    const opened = await held(stage, "w1");
    await gateway.changeMeaning();
    await stage.give(opened, "ada");
    const reopened = await stage.until(() => pendingAfter(stage, opened));
    assert.notEqual(reopened.digest, opened.digest);
    assert.equal(reopened.action.revision, opened.action.revision + 1);
    assert.deepEqual(gateway.sent(), []);
    await assert.rejects(stage.give(opened, "bob"), { code: "review.digest_mismatch" });
    await stage.give(reopened, "ada");
    assert.equal(await heard, "ran");
    assert.deepEqual(gateway.sent(), ["w1"]);
  });

  check("a caller finds its review again after it was reopened", async ({ stage, gateway }) => {
    const caller = await gateway.connect();
    const heard = caller.propose("write", "w1");
    const opened = await held(stage, "w1");
    await gateway.changeMeaning();
    await stage.give(opened, "ada");
    const reopened = await stage.until(() => pendingAfter(stage, opened));
    await stage.until(() => gateway.told() === 2);
    stage.clock.advance(holdMaxMs);
    assert.equal(await heard, "pending_review");
    await stage.give(reopened, "ada");
    assert.equal(await caller.propose("write", "w1"), "ran");
    assert.deepEqual(gateway.sent(), ["w1"]);
  });

  check("what policy denies by the time of the claim is voided", async (scene) => {
    const { stage, gateway, rules } = scene;
    const caller = await gateway.connect();
    const heard = caller.propose("write", "w1");
    const opened = await held(stage, "w1");
    stage.rule(rules.writesDenied);
    await stage.give(opened, "ada");
    assert.equal(await heard, "denied_by_policy");
    assert.equal(stage.reviews.get(opened.id)?.state, "voided");
    assert.deepEqual(gateway.sent(), []);
  });

  check("a policy that throws at the claim voids it", async ({ stage, gateway }) => {
    const caller = await gateway.connect();
    const heard = caller.propose("write", "w1");
    const opened = await held(stage, "w1");
    stage.breakPolicy();
    await stage.give(opened, "ada");
    assert.equal(await heard, "denied_by_policy");
    assert.deepEqual(gateway.sent(), []);
  });

  check("stricter terms reopen it and keep the verdicts that count", async (scene) => {
    const { stage, gateway, rules } = scene;
    const caller = await gateway.connect();
    const heard = caller.propose("write", "w1");
    const opened = await held(stage, "w1");
    stage.rule(rules.twoAsked);
    await stage.give(opened, "ada");
    const reopened = await stage.until(() => pendingAfter(stage, opened));
    assert.equal(reopened.digest, opened.digest);
    assert.deepEqual(gateway.sent(), []);
    await assert.rejects(stage.give(reopened, "ada"), { code: "review.duplicate_verdict" });
    await stage.give(reopened, "bob");
    assert.equal(await heard, "ran");
    assert.deepEqual(gateway.sent(), ["w1"]);
  });

  check("an approval past its time is not used", async (scene) => {
    const { stage, gateway } = scene;
    const caller = await gateway.connect();
    const review = await waitInVain(scene, caller, "w1");
    await stage.give(review, "ada");
    stage.clock.advance(approvalValidDefaultMs);
    const heard = caller.propose("write", "w1");
    const next = await held(stage, "w1");
    assert.notEqual(next.id, review.id);
    assert.deepEqual(gateway.sent(), []);
    await stage.give(next, "ada", "deny");
    assert.equal(await heard, "denied_by_reviewer");
  });

  check("an approval whose time runs out before the claim is not used", async (scene) => {
    const { stage, gateway } = scene;
    const caller = await gateway.connect();
    const heard = caller.propose("write", "w1");
    const opened = await held(stage, "w1");
    stage.onAsked(() => stage.clock.advance(approvalValidDefaultMs));
    await stage.give(opened, "ada");
    assert.equal(await heard, "review_expired");
    assert.equal(stage.reviews.get(opened.id)?.state, "expired");
    assert.deepEqual(gateway.sent(), []);
  });

  check("an unknown outcome is told, recorded and never retried", async ({ stage, gateway }) => {
    const caller = await gateway.connect();
    const heard = caller.propose("write", "w1");
    const opened = await held(stage, "w1");
    gateway.loseAt("w1");
    await stage.give(opened, "ada");
    assert.equal(await heard, "outcome_unknown");
    const review = await stage.until(() => settled(stage, opened.id));
    assert.equal(review.execution?.state, "outcome_unknown");
    const again = (await gateway.connect()).propose("write", "w1");
    const next = await held(stage, "w1");
    assert.notEqual(next.id, opened.id);
    assert.deepEqual(gateway.sent(), ["w1"]);
    await stage.give(next, "ada", "deny");
    assert.equal(await again, "denied_by_reviewer");
  });

  check("an unreviewed write of unknown outcome is told and recorded so", async (scene) => {
    const { stage, gateway, rules } = scene;
    stage.rule(rules.writesRun);
    const caller = await gateway.connect();
    gateway.loseAt("w1");
    assert.equal(await caller.propose("write", "w1"), "outcome_unknown");
    await stage.until(() => typesOf(stage, "w1").includes("execution.unknown"));
    assert.deepEqual(gateway.sent(), ["w1"]);
  });
}

function testLimits(check: Check): void {
  check("nothing stays of what touches more rows than a rule allows", async (scene) => {
    const { stage, gateway, rules } = scene;
    stage.rule(rules.twoRows);
    const caller = await gateway.connect();
    assert.equal(await caller.propose("wide", "w1"), "rows_exceeded");
    assert.equal(await gateway.stays("w1"), 0);
    assert.deepEqual(outcomeOf(stage, "w1"), ["execution.failed", "rows_exceeded", 3]);
    // Its client goes on.
    assert.equal(await caller.propose("write", "w2"), "ran");
    assert.equal(await gateway.stays("w2"), 1);
  });

  check(
    "nothing stays of what touches more rows than were approved, and the approval is used up",
    async (scene) => {
      const { stage, gateway } = scene;
      const caller = await gateway.connect();
      const heard = caller.propose("wide", "w1");
      const { id } = await stage.give(await held(stage, "w1"), "ada", "approve", 2);
      assert.equal(await heard, "rows_exceeded");
      assert.equal(await gateway.stays("w1"), 0);
      const { execution } = await stage.until(() => settled(stage, id));
      assert.deepEqual([execution?.state, execution?.detail], ["failed", "rows_exceeded"]);
      assert.deepEqual(gateway.sent(), ["w1"]);
    },
  );

  check("what is within its limit runs and stays", async ({ stage, gateway }) => {
    const caller = await gateway.connect();
    const heard = caller.propose("wide", "w1");
    await stage.give(await held(stage, "w1"), "ada", "approve", 3);
    assert.equal(await heard, "ran");
    assert.equal(await gateway.stays("w1"), 3);
    const claimed = recordsOf(stage, "w1").find(isOf("execution.claimed"));
    assert.equal(claimed?.body["rowsMax"], 3);
  });

  check("of several approvers the one who allows least decides", async (scene) => {
    const { stage, gateway, rules } = scene;
    stage.rule(rules.twoAsked);
    const caller = await gateway.connect();
    const heard = caller.propose("wide", "w1");
    const review = await held(stage, "w1");
    const half = await stage.give(review, "ada", "approve", 2);
    await stage.give(half, "bob", "approve", 3);
    assert.equal(await heard, "rows_exceeded");
    assert.equal(await gateway.stays("w1"), 0);
  });

  check("what can't be counted never reaches the upstream under a limit", async (scene) => {
    const { stage, gateway, rules } = scene;
    stage.rule(rules.twoRows);
    const caller = await gateway.connect();
    assert.equal(await caller.propose("uncounted", "w1"), "rows_uncounted");
    assertOnlyDenied(scene, "w1", "uncounted");
    stage.rule(rules.usual);
    const heard = caller.propose("uncounted", "w2");
    const review = await held(stage, "w2");
    const refused = { code: "review.rows_uncounted" };
    await assert.rejects(stage.give(review, "ada", "approve", 2), refused);
    await stage.give(review, "ada", "deny");
    assert.equal(await heard, "denied_by_reviewer");
    assert.deepEqual(gateway.sent(), []);
  });
}

function outcomeOf(stage: Stage, name: string): readonly unknown[] {
  const last = recordsOf(stage, name).at(-1);
  return [last?.type, last?.body["detail"], last?.body["rows"]];
}

function isOf(type: RecordType): (record: RecordDraft) => boolean {
  return (record) => record.type === type;
}

function isAbout(name: string): (record: RecordDraft) => boolean {
  return ({ payload }) => {
    const command = payload?.["command"];
    return typeof command === "string" && command.includes(name);
  };
}

/** All records of the actions whose command has this name. */
function recordsOf(stage: Stage, name: string): readonly RecordDraft[] {
  const actions = new Set(stage.records.filter(isAbout(name)).map(({ action }) => action));
  return stage.records.filter(({ action }) => actions.has(action));
}

function typesOf(stage: Stage, name: string): readonly RecordType[] {
  return recordsOf(stage, name).map(({ type }) => type);
}

function heldReviews(stage: Stage, name: string): readonly Review[] {
  return [...stage.reviews.values()].filter(
    ({ action, state, caller }) =>
      action.command.includes(name) && state === "pending" && caller !== null,
  );
}

function held(stage: Stage, name: string): Promise<Review> {
  return stage.until(() => heldReviews(stage, name)[0]);
}

/** The review once it waits again, after having been approved. */
function pendingAfter(stage: Stage, { id, version }: Review): Review | false {
  const review = stage.reviews.get(id);
  const reopened = review?.state === "pending" && review.verdicts.length > 0;
  return reopened && review.version > version + 1 && review;
}

/** The review once nothing can happen to it any more. */
function settled(stage: Stage, id: Review["id"]): Review | false {
  const review = stage.reviews.get(id);
  if (review === undefined || review.state === "pending") return false;
  const { state, execution } = review;
  if (state !== "approved") return review;
  const open = ["claimed", "executed_uncommitted"];
  return execution !== null && !open.includes(execution.state) && review;
}
