import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { entityNames } from "../server/src/core/entity.ts";
import { recognizersPage, writtenPage } from "./recognizers-page.ts";

/** Told by names of columns alone, by what a user looks for, or where nothing could be looked at. */
const withoutEntry = new Set(["person", "street_address", "user_pattern", "unscanned"]);

test("the page of the recognizers is what the code says, of every recognizer", () => {
  const page = new URL("../docs/reference/recognizers.md", import.meta.url);
  const lines = recognizersPage();
  assert.equal(readFileSync(page, "utf8"), writtenPage(lines), "run `npm run reference`");
  for (const name of entityNames)
    if (!withoutEntry.has(name)) assert.ok(lines.includes(`## ${name}`), name);
});
