import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { annotations } from "./annotations.ts";
import { facts, input, policyOf, problemsOf } from "./inputs.test-support.ts";
import { schemaText } from "./schema.ts";

const docs = join(import.meta.dirname, "..", "..", "..", "docs");
const guide = readFileSync(join(docs, "guides", "writing-policies.md"), "utf8");
const reference = readFileSync(join(docs, "reference", "policy-annotations.md"), "utf8");
const examples = [...guide.matchAll(/```cedar\n(.*?)```/gs)].map(([, text = ""]) => text);

const exampleWith = (id: string) => examples.find((text) => text.includes(`@id("${id}")`)) ?? "";

test("every example of the guide is a set that loads", () => {
  assert(examples.length >= 8);
  for (const text of examples) assert.deepEqual(problemsOf(text), [], text);
});

test("the examples of the guide decide as it says", () => {
  const payroll = policyOf(exampleWith("payroll-is-read-with-consent"));
  const salaries = input(["sql.read"], { facts: facts({ reads: ["hr.salaries"] }) });
  assert.equal(payroll.evaluate(salaries).effect, "review");
  assert.equal(payroll.evaluate(input(["sql.read"])).effect, "allow");

  const unfiltered = policyOf(exampleWith("unfiltered-writes-need-two")).evaluate(
    input(["sql.write"], { facts: facts({ filtered: false }) }),
  );
  assert(unfiltered.effect === "review");
  assert.deepEqual(unfiltered.obligations.quorum, [
    { group: "dba", needed: 2 },
    { group: "owners", needed: 1 },
  ]);
  assert.equal(unfiltered.obligations.ttlMs, 30 * 60 * 1000);
});

test("the reference says of each annotation whether it is enforced, with its example", () => {
  for (const [name, { enforced, example }] of Object.entries(annotations)) {
    const row = reference.split("\n").find((line) => line.startsWith(`| \`@${name}\` |`)) ?? "";
    assert(row.includes(`\`${example}\``), name);
    assert(row.endsWith(enforced ? "| yes |" : "| not in this version |"), name);
  }
});

test("the reference lists every attribute of the context that the schema has, and no other", () => {
  const records = [...schemaText().matchAll(/type \w+ = \{(.*?)\n {2}\};/gs)].map(
    ([, all]) => all ?? "",
  );
  const attributes = records.flatMap((record) =>
    [...record.matchAll(/^ {4}(\w+):/gm)].map(([, name]) => name),
  );
  const listed = [...reference.matchAll(/^\| context\.(\w+) \|/gm)].map(([, name]) => name);
  assert.equal(attributes.length, 15);
  assert.deepEqual(listed, attributes);
});
