import assert from "node:assert/strict";
import { test } from "node:test";
import { targetText } from "#/core/obligation.ts";
import { annotations } from "./annotations.ts";
import { problemsOf, setOf } from "./inputs.test-support.ts";

const permit = `permit (principal, action == Countersign::Action::"sql.write", resource);`;
const forbid = `forbid (principal, action, resource);`;

const obligationsOf = (head: string) => setOf(`@id("a") ${head} ${permit}`).policies.get("a");

test("every annotation of the design is known, described and shown by an example", () => {
  assert.deepEqual(Object.keys(annotations), [
    "id",
    "review",
    "ttl",
    "valid",
    "mask",
    "reveal",
    "max_rows",
    "assurance",
    "step_up",
    "grantable",
    "break_glass",
    "reason",
    "notify",
  ]);
  for (const [name, { description, example }] of Object.entries(annotations)) {
    assert.match(description, /^[A-Z].*\.$/, name);
    assert(example.startsWith(`@${name}("`), name);
  }
});

test("the example of every enforced annotation is accepted, on a permit with a review", () => {
  for (const [name, { example, enforced }] of Object.entries(annotations)) {
    if (!enforced) continue;
    const others = { id: '@id("other")', review: '@review("1 of dba")' };
    const heads = Object.entries({ ...others, [name]: example }).map(([, text]) => text);
    assert.deepEqual(problemsOf(`${heads.join(" ")} ${permit}`), [], name);
  }
});

test("an annotation that nothing enforces is a problem, not a promise", () => {
  const unenforced = Object.entries(annotations).filter(([, { enforced }]) => !enforced);
  assert.equal(unenforced.length, 4);
  for (const [name, { example }] of unenforced) {
    assert.deepEqual(problemsOf(`@id("a")\n${example} ${permit}`), [
      `2: @${name} is known but no part of this version enforces it; remove it rather than rely on it.`,
    ]);
  }
});

test("a review names its groups, in their order", () => {
  assert.deepEqual(obligationsOf('@review("2 of dba, 1 of app.sec-team")')?.obligations, {
    quorum: [
      { group: "app.sec-team", needed: 1 },
      { group: "dba", needed: 2 },
    ],
    ttlMs: 4 * 60 * 60 * 1000,
    validMs: 5 * 60 * 1000,
    assurance: "local-demo",
    rows: null,
    masks: [],
    reveals: [],
  });
});

test("times and the assurance of a review are read", () => {
  const head = '@review("1 of dba") @ttl("90s") @valid("7d") @assurance("passkey")';
  const { ttlMs, validMs, assurance } = obligationsOf(head)?.obligations ?? {};
  assert.deepEqual([ttlMs, validMs, assurance], [90_000, 604_800_000, "passkey"]);
});

test("a policy without a reason gives a plain one", () => {
  assert.equal(obligationsOf("")?.reason.text, "The policy a allows this.");
  assert.equal(
    obligationsOf('@review("1 of dba")')?.reason.text,
    "The policy a holds this for review.",
  );
  const set = setOf(`@id("a") ${forbid}`);
  assert.equal(set.policies.get("a")?.reason.text, "The policy a forbids this.");
});

const refused: readonly (readonly [string, RegExp])[] = [
  ['@review("")', /@review: it is empty/],
  ["@review", /@review: it is empty/],
  ['@review("dba")', /"dba" does not read like "2 of dba"/],
  ['@review("2 dba")', /does not read like/],
  ['@review("2 of")', /does not read like/],
  ['@review("two of dba")', /does not read like/],
  ['@review("-1 of dba")', /does not read like/],
  ['@review("1.5 of dba")', /does not read like/],
  ['@review("01 of dba")', /does not read like/],
  ['@review("1 of dba,")', /"" does not read like/],
  ['@review("1 of dba; 1 of security")', /does not read like/],
  ['@review("1  of dba")', /does not read like/],
  ['@review("1 OF dba")', /does not read like/],
  ['@review("1 of d b a")', /does not read like/],
  ['@review("99999999999999999999 of dba")', /does not read like/],
  ['@review("0 of dba")', /"0 of dba" asks nobody/],
  ['@review("21 of dba")', /more than 20/],
  ['@review("1 of dba, 2 of dba")', /dba stands there twice/],
  [
    `@review("${Array.from({ length: 11 }, (_, n) => `1 of g${n}`).join(", ")}")`,
    /more than 10 groups/,
  ],
  ['@review("1 of dba") @ttl("")', /@ttl: it is empty/],
  ['@review("1 of dba") @ttl("4")', /"4" is no duration/],
  ['@review("1 of dba") @ttl("4 h")', /is no duration/],
  ['@review("1 of dba") @ttl("1h30m")', /is no duration/],
  ['@review("1 of dba") @ttl("4H")', /is no duration/],
  ['@review("1 of dba") @ttl("-4h")', /is no duration/],
  ['@review("1 of dba") @ttl("1.5h")', /is no duration/],
  ['@review("1 of dba") @ttl("0h")', /@ttl: it is zero/],
  ['@review("1 of dba") @ttl("31d")', /more than 30d/],
  ['@review("1 of dba") @valid("8d")', /@valid: "8d" is more than 7d/],
  ['@review("1 of dba") @valid("999999999d")', /more than 7d/],
  ['@review("1 of dba") @assurance("Session")', /choose one of local-demo, chat, session/],
  ['@ttl("4h")', /@ttl has no effect without @review/],
  ['@valid("4m")', /@valid has no effect without @review/],
  ['@assurance("passkey")', /@assurance has no effect without @review/],
  ['@review("1 of dba") @reveal("")', /@reveal: it is empty/],
  ['@review("1 of dba") @reveal("iban, IBAN_CODE")', /iban stands there twice/],
  [
    '@review("1 of dba") @reveal("ibam")',
    /"ibam" is no recognizer, did you mean iban; \S+ names them(?!, and)/,
  ],
  ['@review("1 of dba") @reveal("iban:")', /"iban:" is no recognizer/],
  ['@review("1 of dba") @reveal("public.t.c")', /"public.t.c" reads like a column/],
  ['@reveal("iban")', /@reveal has no effect without @review/],
  ['@mask("")', /@mask: it is empty/],
  ['@mask("emial")', /"emial" is no recognizer, did you mean email;/],
  [
    '@mask("emial, email, ibam: hash, email, us_ssn: hsh")',
    /"emial" is no recognizer.*"ibam" is no recognizer.*email stands there twice; "hsh" is no masker/,
  ],
  ['@mask("something_else")', /"something_else" is no recognizer; docs.*, and a column is written/],
  ['@mask("email,")', /"" does not read like "email", "us_ssn: hash"/],
  ['@mask("email us_ssn")', /"email us_ssn" is no recognizer/],
  ['@mask("email; us_ssn")', /"email; us_ssn" is no recognizer/],
  ['@mask("email: Hash")', /"Hash" is no masker, did you mean hash; choose one of redact, hash,/],
  ['@mask("email: tokenize")', /did you mean tokenise;/],
  [
    '@mask("email: format")',
    /"format" is no masker; choose one of redact, hash, tokenise, partial/,
  ],
  ['@mask("email:")', /"" is no masker/],
  ['@mask("email: hash: hash")', /does not read like/],
  ['@mask(": hash")', /does not read like/],
  ['@mask("email, EMAIL_ADDRESS: hash")', /email stands there twice/],
  ['@mask("a.b.c, A.\\"B\\".c: hash")', /a\.b\.c stands there twice/],
  ['@mask("unscanned")', /no policy names "unscanned"/],
  ['@mask("customers.phone")', /"customers.phone" is no column; write "schema.table.column"/],
  ['@mask("shop.public.customers.phone")', /is no column/],
  ['@mask("public..phone")', /is no column/],
  ['@mask("public.customers.*")', /is no column/],
  ['@mask("public.customers.phone number")', /is no column/],
  ['@mask("public.customers.\\"phone")', /does not read like/],
  ['@mask("public.customers.\\"\\"")', /does not read like|is no column/],
  [
    `@mask("${Array.from({ length: 201 }, (_, n) => `a.b.c${n}`).join(", ")}")`,
    /more than 200 targets/,
  ],
  ['@reason("")', /@reason: it is empty/],
  ['@reason(" ")', /@reason: it is empty/],
  ['@reason("a\\nb")', /@reason: it holds control characters/],
  ['@reason("\\u{202e}tfel")', /@reason: it holds control characters/],
  [`@reason("${"x".repeat(501)}")`, /@reason: it is longer than 500/],
  ['@rewiev("1 of dba")', /@rewiev is not an annotation; known are @id, @review/],
  ['@Review("1 of dba")', /@Review is not an annotation/],
  ['@constructor("x")', /@constructor is not an annotation/],
  ['@__proto__("x")', /@__proto__ is not an annotation/],
];

test("an annotation that does not keep to the grammar is a problem, at its line", () => {
  for (const [head, message] of refused) {
    const problems = problemsOf(`@id("a")\n\n${head} ${permit}`);
    assert.equal(problems.length, 1, `${head}: ${problems.join("\n")}`);
    assert.match(problems[0] ?? "", message, head);
    assert.match(problems[0] ?? "", /^3: /, head);
  }
});

test("masks name recognizers by either name and columns in any case, sorted, to be redacted unless stated", () => {
  const head = `@mask("us_ssn: hash, EMAIL_ADDRESS,public.Customers.phone : partial, \\"my, schema\\".\\"A:b.c\\".d: tokenise")`;
  const column = { kind: "column", schema: "public", table: "customers", column: "phone" } as const;
  const odd = { kind: "column", schema: "my, schema", table: "a:b.c", column: "d" } as const;
  assert.deepEqual(obligationsOf(head)?.obligations.masks, [
    { target: odd, masker: "tokenise" },
    { target: { kind: "entity", entity: "email" }, masker: "redact" },
    { target: column, masker: "partial" },
    { target: { kind: "entity", entity: "us_ssn" }, masker: "hash" },
  ]);
  assert.equal(targetText(odd), `"my, schema"."a:b.c".d`);
});

test("reveals name recognizers, sorted", () => {
  const { reveals } =
    obligationsOf('@review("1 of dba") @reveal("us_ssn, IBAN_CODE")')?.obligations ?? {};
  assert.deepEqual(reveals, ["iban", "us_ssn"]);
});

test("an id is required and has the form of a name", () => {
  assert.deepEqual(problemsOf(permit), ["1: A policy needs @id with a name of its own."]);
  for (const id of ["", "a b", "-a", "é", "__proto__", "a/b", "x".repeat(65), "a\\nb"]) {
    const problems = problemsOf(`@id("${id}") ${permit}`);
    assert.equal(problems.length, 1, id);
    assert.match(problems[0] ?? "", /@id: (it is empty|".*" is no name)/s, id);
  }
});

test("a denial can't be made to look approvable", () => {
  for (const head of [
    '@review("1 of dba")',
    '@ttl("4h")',
    '@valid("5m")',
    '@assurance("session")',
    '@mask("email")',
    '@reveal("iban")',
  ]) {
    const problems = problemsOf(`@id("a") ${head} ${forbid}`);
    assert.equal(problems.length, 1, head);
    assert.match(problems[0] ?? "", /has no place on a forbid: a denial is final/, head);
  }
  assert.deepEqual(problemsOf(`@id("a") @reason("No.") ${forbid}`), []);
});
