import { expect, test } from "vitest";
import { review } from "../review.fixture.ts";
import { editBytesMax, obstacles, type Situation } from "./decidable.ts";

const situation: Situation = {
  review,
  stream: "live",
  hasChanged: false,
  isWhollyShown: true,
  isDue: false,
};
const edit = (more: Partial<Situation>) => obstacles({ ...situation, ...more }).edit;

test("what can be decided on, is wholly shown and has its session can be edited", () => {
  expect(edit({})).toBe(null);
});

test("whatever stands in the way of a verdict or an approval stands in the way of an edit", () => {
  expect(edit({ hasChanged: true })).toMatch(/changed/);
  expect(edit({ isDue: true })).toMatch(/Time is up/);
  expect(edit({ stream: "lost" })).toMatch(/Not connected/);
  expect(edit({ isWhollyShown: false })).toMatch(/Show all/);
});

test("where no session waits, and above what the gateway takes, nothing is edited, but decided", () => {
  const large = { ...review, command: "é".repeat(editBytesMax / 2 + 1) };
  for (const more of [{ ...review, attached: false }, large]) {
    const found = obstacles({ ...situation, review: more });
    expect(found.edit).toMatch(/can’t be edited|too large/);
    expect(found.approve).toBe(null);
    expect(found.refuse).toBe(null);
  }
});

test("whoever may only refuse what waits can deny it, and neither approve nor edit it", () => {
  const reason = "ada edited this action, so others have to decide on it.";
  const edited = { ...review, mayDecide: { allowed: false, reason, refuse: true } };
  const found = obstacles({ ...situation, review: edited });
  expect(found).toEqual({ refuse: null, approve: reason, edit: reason });
});
