/** A review that is over, however it ended, in both themes and at every width. */
import { test } from "node:test";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { browserMissing } from "./support/browser-program.ts";
import { briefMs, consoleScene } from "./support/console-scene.ts";
import { assertRight } from "./support/every-look.ts";
import { openHeld, proved } from "./support/held-review.ts";
import { movedClock } from "./support/moved-clock.ts";

const skip = browserMissing ?? false;
const clock = movedClock();
const scene = consoleScene({ clock });

test("one that failed when it ran", { skip }, async (context) => {
  const { page, review } = await openHeld(
    scene,
    context,
    "update customers set id = 1 where id = 2",
  );
  await review.approve();
  await proved(page);
  await assertRight(page, "failed");
});

test("one whose agent has left, and one that is sent back", { skip }, async (context) => {
  const left = await openHeld(scene, context, "delete from customers where id = 503");
  await left.held.client.end();
  await left.review.outcome(/The session that asked has left/).waitFor();
  await proved(left.page);
  await assertRight(left.page, "cancelled");
  const { page, review } = await openHeld(scene, context, "delete from customers where id = 506");
  await review.begin("Request changes");
  await review.write("Say which.\n\nAnd why.");
  await review.send("Request changes");
  await review.outcome(/Asked by ada/).waitFor();
  await proved(page);
  await assertRight(page, "sent back");
});

test("one that expired under its reader", { skip }, async (context) => {
  const { page, review } = await openHeld(
    scene,
    context,
    "update products set price_cents = 1 where id = 1",
  );
  clock.advance(briefMs);
  await review.state(/Expired/).waitFor();
  await proved(page);
  await assertRight(page, "expired");
});

test("voided, not used yet, and of unknown outcome, made up in the answer of a real one", {
  skip,
}, async (context) => {
  const { page, id } = await openHeld(scene, context, "delete from customers where id = 505");
  const made: readonly Partial<ReviewDetail>[] = [
    { state: "approved", attached: false },
    { state: "voided", note: "A policy that came later denies it." },
    {
      state: "approved",
      execution: { state: "unknown", detail: null, finishedAt: "2026-11-26T08:00:00.000Z" },
    },
  ];
  for (const change of made) {
    await page.route(`**/api/v1/reviews/${id}`, async (route) => {
      const response = await route.fetch();
      const json = { ...((await response.json()) as ReviewDetail), ...change };
      await route.fulfill({ response, json });
    });
    await page.goto(`${scene.wire.origin}/reviews/${id}`);
    await proved(page);
    await assertRight(page, `${change.state}, ${change.execution?.state}`);
    await page.unrouteAll({ behavior: "wait" });
  }
});
