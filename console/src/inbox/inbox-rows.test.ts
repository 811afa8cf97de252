import type { ReviewSummary } from "@countersign/sdk/wire/review";
import { expect, test } from "vitest";
import { review } from "../review.fixture.ts";
import { type InboxRows, nextRows } from "./inbox-rows.ts";

const row = (id: string, more: Partial<ReviewSummary> = {}): ReviewSummary => ({
  ...review,
  id,
  ...more,
});
const page = (ids: readonly string[], next: string | null = null) => ({
  items: ids.map((id) => row(id)),
  next,
});
const shown = (rows: InboxRows) => rows.rows.map(({ id }) => id);
const hidden = (rows: InboxRows) => rows.arrived.map(({ id }) => id);
const two = nextRows("waiting", undefined, { kind: "refreshed", page: page(["r2", "r1"]) });

test("what arrives waits until it is asked for, newest first, and no row moves", () => {
  const third = nextRows("waiting", two, { kind: "refreshed", page: page(["r3", "r2", "r1"]) });
  const fourth = nextRows("waiting", third, { kind: "refreshed", page: page(["r4", "r3", "r2"]) });
  expect(shown(fourth)).toEqual(["r2", "r1"]);
  expect(hidden(fourth)).toEqual(["r4", "r3"]);
  const revealed = nextRows("waiting", fourth, { kind: "revealed" });
  expect(shown(revealed)).toEqual(["r4", "r3", "r2", "r1"]);
  expect(hidden(revealed)).toEqual([]);
});

test("a row that is decided meanwhile stays in its place, with its state", () => {
  const decided = row("r2", { state: "denied" });
  const after = nextRows("waiting", two, { kind: "changed", review: decided });
  const later = nextRows("waiting", after, { kind: "refreshed", page: page(["r1"]) });
  expect(later.rows.map(({ id, state }) => `${id} ${state}`)).toEqual(["r2 denied", "r1 pending"]);
});

test("what is decided before it was asked for is not shown as new", () => {
  const third = nextRows("waiting", two, { kind: "refreshed", page: page(["r3", "r2", "r1"]) });
  const after = nextRows("waiting", third, {
    kind: "changed",
    review: row("r3", { state: "approved" }),
  });
  expect(hidden(after)).toEqual([]);
});

test("an inbox that shows nothing takes in at once what arrives", () => {
  const empty = nextRows("waiting", undefined, { kind: "refreshed", page: page([]) });
  const after = nextRows("waiting", empty, { kind: "refreshed", page: page(["r1"]) });
  expect(shown(after)).toEqual(["r1"]);
});

test("more rows go below, each once, and what stands below them is nothing new", () => {
  const first = nextRows("waiting", undefined, {
    kind: "refreshed",
    page: page(["r4", "r3"], "r3"),
  });
  const more = nextRows("waiting", first, { kind: "continued", page: page(["r3", "r2"]) });
  expect(shown(more)).toEqual(["r4", "r3", "r2"]);
  const again = nextRows("waiting", first, {
    kind: "refreshed",
    page: page(["r4", "r3", "r2"], "r2"),
  });
  expect(hidden(again)).toEqual([]);
});

test("a row is updated where it stands", () => {
  const fresher = row("r1", { quorum: [{ group: "dba", needed: 2, given: ["bob"] }] });
  const after = nextRows("waiting", two, {
    kind: "refreshed",
    page: { items: [row("r2"), fresher], next: null },
  });
  expect(after.rows[1]).toBe(fresher);
});
