/** What docs/reference/log-format.md says for others to build on is what the code does. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { logProblems } from "@countersign/tlog/log-report";
import { leafBytesMax, parseLeaf } from "#/audit/leaf.ts";
import { recordProblems } from "#/audit/verify-records.ts";

const page = readFileSync(
  path.join(import.meta.dirname, "../../docs/reference/log-format.md"),
  "utf8",
);

test("the leaf in the documentation is one, with the hash that stands beside it", () => {
  const [, leaf = ""] = /^(\{"action".*)$/m.exec(page) ?? [];
  assert.notEqual(parseLeaf(Buffer.from(leaf)), null);
  const hash = createHash("sha256").update(`\0${leaf}`).digest("hex");
  assert.match(page, new RegExp(`^${hash}$`, "m"));
  assert.match(page, new RegExp(`at most ${leafBytesMax.toLocaleString("en")} bytes`));
});

test("the documentation lists every problem that verification reports of a log, and no other", () => {
  const listed = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, code]) => code);
  const known = [...Object.keys(logProblems), ...Object.keys(recordProblems)];
  assert.deepEqual(listed, known.toSorted());
});
