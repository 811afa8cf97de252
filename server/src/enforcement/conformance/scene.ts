/** What the suites look at, and wait for. */
import assert from "node:assert/strict";
import type { RecordDraft, RecordType } from "#/core/record.ts";
import type { Review } from "#/core/review.ts";
import type { CallerUnderTest, GatewayUnderTest, Scene } from "./harness.ts";
import { holdMaxMs, type Stage } from "./stage.ts";

export function isOf(type: RecordType): (record: RecordDraft) => boolean {
  return (record) => record.type === type;
}

export function isAbout(name: string): (record: RecordDraft) => boolean {
  return ({ payload }) => {
    const command = payload?.["command"];
    return typeof command === "string" && command.includes(name);
  };
}

/** All records of the actions whose command has this name. */
export function recordsOf(stage: Stage, name: string): readonly RecordDraft[] {
  const actions = new Set(stage.records.filter(isAbout(name)).map(({ action }) => action));
  return stage.records.filter(({ action }) => actions.has(action));
}

export function typesOf(stage: Stage, name: string): readonly RecordType[] {
  return recordsOf(stage, name).map(({ type }) => type);
}

export function heldReviews(stage: Stage, name: string): readonly Review[] {
  return [...stage.reviews.values()].filter(
    ({ action, state, caller }) =>
      action.command.includes(name) && state === "pending" && caller !== null,
  );
}

export function held(stage: Stage, name: string): Promise<Review> {
  return stage.until(() => heldReviews(stage, name)[0]);
}

/** The review once it waits again, after having been approved. */
export function pendingAfter(stage: Stage, { id, version }: Review): Review | false {
  const review = stage.reviews.get(id);
  const reopened = review?.state === "pending" && review.verdicts.length > 0;
  return reopened && review.version > version + 1 && review;
}

/** The review once nothing can happen to it any more. */
export function settled(stage: Stage, id: Review["id"]): Review | false {
  const review = stage.reviews.get(id);
  if (review === undefined || review.state === "pending") return false;
  const { state, execution } = review;
  if (state !== "approved") return review;
  const open = ["claimed", "executed_uncommitted"];
  return execution !== null && !open.includes(execution.state) && review;
}

export function assertOnlyDenied(
  { stage, gateway }: Scene,
  name: string,
  cause: string | null,
): void {
  const [record, ...more] = recordsOf(stage, name);
  assert.equal(record?.type, "action.denied");
  if (cause !== null) assert.equal(record.body["cause"], cause);
  assert.deepEqual(more, []);
  assert.deepEqual(gateway.sent(), []);
}

/** Proposes, waits as long as a caller may, and is let go; the review stays open. */
export async function waitInVain(
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

/** Whatever was on its way before has arrived when this has come back. */
export async function roundTrip(gateway: GatewayUnderTest): Promise<void> {
  const other = await gateway.connect();
  assert.equal(await other.propose("read", "other"), "ran");
}

export function sentWrites(gateway: GatewayUnderTest): readonly string[] {
  return gateway.sent().filter((name) => name !== "other");
}
